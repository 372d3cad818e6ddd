//! What the tests of the decoder, the encoder and the passes have in common.

pub(crate) mod sample;
