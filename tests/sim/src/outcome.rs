//! What is asked of a run, and what came of it.
//!
//! # Place      `florin sim`, tests -> [outcome] -> scenario
//! # Absent     the run

use serde::Serialize;

use crate::bugs::Planted;

/// What is asked of a run beyond its seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How many validators; drawn from the seed where nothing is said.
    pub validators: Option<usize>,
    /// A bug to plant.
    pub planted: Option<Planted>,
}

/// What a run went through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Validators.
    pub validators: usize,
    /// Those that lie, stop, or have a wrong clock.
    pub faulty: Vec<String>,
    /// What happened, in order.
    pub episodes: Vec<String>,
    /// Height of the last block.
    pub height: u64,
    /// Ends of validators by a loss of power or a kill.
    pub kills: u64,
    /// Writes that survived in part.
    pub torn: u64,
    /// Writes that were lost with their connection.
    pub lost: u64,
    /// Commands that clients sent, the founding left out.
    pub commands: usize,
    /// Payments that settled.
    pub settled: usize,
    /// Commands that expired without a receipt.
    pub expired: usize,
    /// Virtual milliseconds from the end of all faults until everything had ended.
    pub healed_ms: u64,
    /// Virtual milliseconds in all.
    pub virtual_ms: u64,
    /// State root of the last block.
    pub state_root: String,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What it went through, as far as it came.
    pub summary: Summary,
    /// What did not hold; nothing when everything did.
    pub faults: Vec<String>,
    /// Hash over every event of the run.
    pub events: String,
}

impl Outcome {
    /// Whether everything held.
    #[must_use]
    pub const fn held(&self) -> bool {
        self.faults.is_empty()
    }

    /// The command that repeats it.
    #[must_use]
    pub fn replay(&self, options: &Options) -> String {
        let mut command = format!("florin sim --seeds {}..{}", self.seed, self.seed + 1);
        if let Some(validators) = options.validators {
            command.push_str(&format!(" --validators {validators}"));
        }
        if let Some(planted) = options.planted {
            command.push_str(&format!(" --planted {}", planted.name()));
        }
        command
    }
}
