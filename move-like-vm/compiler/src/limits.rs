//! The written maxima of the compiler.

/// Findings of one run; further ones are left out.
pub const MAX_DIAGNOSTICS: usize = 200;
/// The bytes of one source file.
pub const MAX_SOURCE_BYTES: usize = 4 * 1024 * 1024;
/// How deeply expressions, blocks, patterns and types may be nested.
pub const MAX_NESTING: u32 = 250;
/// How deeply the bodies of inline functions and of function values may be nested, all that are
/// open at a call together.
pub const MAX_INLINE_NESTING: u32 = 250;
/// The calls of inline functions and of their function values that one function may expand to.
pub const MAX_EXPANSIONS: u32 = 1_000;
/// The type nodes of one type after inference.
pub const MAX_TYPE_NODES: usize = 256;
/// The locals of a function, parameters and intermediate values included.
pub const MAX_LOCALS: usize = 255;
/// The stack of the thread that compiles.
pub const STACK_BYTES: usize = 128 * 1024 * 1024;
