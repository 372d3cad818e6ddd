//! What the audience sees: a progress bar while it runs, a table at the end, `report.json`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::DemoError;
use crate::cli::ui;

/// A step that was taken.
#[derive(Clone, Debug, Serialize)]
struct Step {
    step: String,
    ms: u128,
    checks: Vec<Check>,
}

/// Something that had to be true.
#[derive(Clone, Debug, Serialize)]
struct Check {
    claim: String,
    held: bool,
}

/// Tells the story as it happens.
pub(super) struct Teller {
    folder: PathBuf,
    bar: ProgressBar,
    steps: Vec<Step>,
    started: Instant,
    began: Instant,
    files: u32,
}

impl Teller {
    pub(super) fn new(folder: PathBuf, steps: u64) -> Self {
        let bar = ProgressBar::new(steps);
        let template = "{spinner} [{bar:30}] {pos}/{len} {elapsed} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        let now = Instant::now();
        Self { folder, bar, steps: Vec::new(), started: now, began: now, files: 0 }
    }

    /// A step begins.
    pub(super) fn begin(&mut self, step: &str) {
        self.bar.set_message(step.to_owned());
        self.began = Instant::now();
        self.steps.push(Step { step: step.to_owned(), ms: 0, checks: Vec::new() });
    }

    /// The step that began last is over.
    pub(super) fn end(&mut self) {
        let ms = self.began.elapsed().as_millis();
        if let Some(step) = self.steps.last_mut() {
            step.ms = ms;
            if self.bar.is_hidden() {
                ui::note(&format!("{:>7} ms  {}", step.ms, step.step));
            }
        }
        self.bar.inc(1);
    }

    /// Notes what was checked, on one line, and whether it held.
    pub(super) fn check(&mut self, claim: impl Into<String>, held: bool) {
        if let Some(step) = self.steps.last_mut() {
            let claim = claim.into().replace('\n', "; ");
            step.checks.push(Check { claim, held });
        }
    }

    /// Keeps a receipt as `NN-STEP-receipt.json`.
    pub(super) fn keep_receipt(&mut self, name: &str, file: &str) -> Result<PathBuf, DemoError> {
        self.keep(&format!("{name}-receipt"), file)
    }

    /// Keeps the receipt of a refused command as `NN-STEP-refusal.json`.
    pub(super) fn keep_refusal(&mut self, name: &str, file: &str) -> Result<PathBuf, DemoError> {
        self.keep(&format!("{name}-refusal"), file)
    }

    fn keep(&mut self, name: &str, file: &str) -> Result<PathBuf, DemoError> {
        self.files += 1;
        let path = self.folder.join(format!("{:02}-{name}.json", self.files));
        write(&path, file.as_bytes())?;
        Ok(path)
    }

    /// Keeps a message as `messages/NN-NAME.xml`.
    pub(super) fn keep_message(&mut self, name: &str, xml: &[u8]) -> Result<(), DemoError> {
        self.files += 1;
        write(&self.folder.join(format!("messages/{:02}-{name}.xml", self.files)), xml)
    }

    /// The story broke off.
    pub(super) fn abandon(&self) {
        self.bar.abandon();
        if let Some(step) = self.steps.last() {
            ui::note(&format!("stopped in: {}", step.step));
        }
    }

    /// Prints the table, writes `report.json`, and says how many checks did not hold.
    pub(super) fn finish(&self) -> Result<usize, DemoError> {
        self.bar.finish_and_clear();
        let widest = self.steps.iter().map(|step| step.step.chars().count()).max().unwrap_or(0);
        ui::line(&format!("{:<widest$}  {:>8}  checks", "step", "ms"));
        let mut failed = 0;
        for step in &self.steps {
            let held = step.checks.iter().filter(|check| check.held).count();
            let checks = format!("{held}/{}", step.checks.len());
            ui::line(&format!("{:<widest$}  {:>8}  {checks}", step.step, step.ms));
            for check in &step.checks {
                let mark = if check.held { "ok " } else { "NOT" };
                ui::line(&format!("    {mark} {}", check.claim));
                failed += usize::from(!check.held);
            }
        }
        let total = self.started.elapsed();
        let checks: usize = self.steps.iter().map(|step| step.checks.len()).sum();
        ui::line(&format!(
            "{} of {checks} checks held, {:.1} s",
            checks - failed,
            total.as_secs_f64()
        ));
        let report = serde_json::to_vec_pretty(&self.steps).unwrap_or_default();
        write(&self.folder.join("report.json"), &report)?;
        Ok(failed)
    }
}

/// Writes a file of the demo.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    fs::write(path, bytes).map_err(DemoError::io(path.display().to_string()))
}
