//! What code has to pass before it is loaded: the one place that calls the verifier.

use crate::fault::Fault;
use crate::format::{CompiledModule, CompiledScript};
use crate::verify::{self, Compatibility, Config, Published};

/// Checks a module by itself.
pub(super) fn module(module: &CompiledModule, config: &Config) -> Result<(), Fault> {
    verify::module(module, config)
}

/// Checks a script by itself.
pub(super) fn script(script: &CompiledScript, config: &Config) -> Result<(), Fault> {
    verify::script(script, config)
}

/// Checks a script against the modules that it names.
pub(super) fn script_links(
    script: &CompiledScript,
    published: &impl Published,
) -> Result<(), Fault> {
    verify::link_script(script, published)
}

/// Checks a module that is to be published.
pub(super) fn publication(
    new: &CompiledModule,
    compatibility: Compatibility,
    config: Option<&Config>,
    published: &impl Published,
) -> Result<(), Fault> {
    match config {
        Some(config) => verify::publication(new, compatibility, config, published),
        None => verify::link(new, published),
    }
}
