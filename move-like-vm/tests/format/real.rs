//! Binaries that other compilers of the family wrote, with what the reference machine said of them.

use crate::cases;

/// One binary of a case.
pub(crate) struct Binary {
    /// The case and the step, to name it in a failure.
    pub(crate) name: String,
    pub(crate) is_module: bool,
    /// What the reference machine said of publishing or running it.
    pub(crate) status: String,
    pub(crate) bytes: Vec<u8>,
}

/// Every binary of every case.
pub(crate) fn binaries() -> Vec<Binary> {
    let of_case = |case: cases::Case| {
        let id = case.id;
        case.tasks.into_iter().map(move |task| Binary {
            name: format!("{id} step {}", task.step),
            is_module: task.is_module,
            status: task.status,
            bytes: task.bytes,
        })
    };
    cases::all().into_iter().flat_map(of_case).collect()
}
