//! What the function of a script, and a function that a transaction may call, takes and gives.
//!
//! Refuses, in scripts of a version before 5, parameters other than signers followed by types that a
//! constant can have, and results (`INVALID_MAIN_FUNCTION_SIGNATURE`): the machine of that time filled
//! parameters by itself. From version 5 on nothing is refused here; whether given arguments fit is
//! decided when the function is called. In modules of all versions nothing is refused: before version
//! 5 for the sake of old modules, and from then on by the rule just said.
//!
//! # Place      tables -> [entry] <- verify, and callers with a rule of their own
//! # Invariants version 1 takes signers by reference, every later one as they are
//! # Absent     arguments: the session reads them

use crate::fault::Fault;
use crate::format::{CompiledScript, SignatureToken};
use crate::status::Status;

/// The first version in which any signature will do.
const FREE_SINCE: u32 = 5;

/// Checks the signature of a script.
pub fn script(script: &CompiledScript) -> Result<(), Fault> {
    if script.version >= FREE_SINCE {
        return Ok(());
    }
    let parameters = &script.tables().signature(script.parameters)?.0;
    signature(script.version, parameters, &[])
}

/// Checks parameters and results by the rule before version 5.
pub fn signature(
    version: u32,
    parameters: &[SignatureToken],
    returns: &[SignatureToken],
) -> Result<(), Fault> {
    let is_signer = |type_: &&SignatureToken| match type_ {
        SignatureToken::Signer => version > 1,
        SignatureToken::Reference(to) => version <= 1 && **to == SignatureToken::Signer,
        _ => false,
    };
    let fits = parameters.iter().skip_while(is_signer).all(may_be_constant) && returns.is_empty();
    match fits {
        true => Ok(()),
        false => Err(Fault::new(Status::InvalidMainFunctionSignature)),
    }
}

/// Whether a constant can have the type.
fn may_be_constant(type_: &SignatureToken) -> bool {
    let mut type_ = type_;
    while let SignatureToken::Vector(element) = type_ {
        type_ = element;
    }
    type_.is_integer() || matches!(type_, SignatureToken::Bool | SignatureToken::Address)
}

#[cfg(test)]
mod tests {
    use super::{script, signature};
    use crate::fault::Fault;
    use crate::format::{Abilities, CompiledScript, SignatureToken};
    use crate::status::Status;
    use crate::testing::{Builder, reference, vector};

    const SIGNER: SignatureToken = SignatureToken::Signer;

    fn refused() -> Result<(), Fault> {
        Err(Fault::new(Status::InvalidMainFunctionSignature))
    }

    #[test]
    fn signers_come_first_and_constants_follow() {
        let signer_reference = reference(SIGNER);
        for (version, parameters, expected) in [
            (4, vec![], Ok(())),
            (4, vec![SIGNER, SIGNER, SignatureToken::U8, vector(SignatureToken::U256)], Ok(())),
            (4, vec![vector(vector(SignatureToken::Address)), SignatureToken::Bool], Ok(())),
            (4, vec![SignatureToken::U8, SIGNER], refused()),
            (4, vec![signer_reference.clone()], refused()),
            (4, vec![vector(SIGNER)], refused()),
            (4, vec![SignatureToken::TypeParameter(0)], refused()),
            (1, vec![signer_reference.clone(), signer_reference, SignatureToken::U8], Ok(())),
            (1, vec![SIGNER], refused()),
        ] {
            assert_eq!(signature(version, &parameters, &[]), expected, "{version} {parameters:?}");
        }
        assert_eq!(signature(4, &[], &[SignatureToken::U8]), refused());
    }

    #[test]
    fn from_version_5_on_any_signature_will_do() {
        let odd = [SignatureToken::U8, reference(SignatureToken::TypeParameter(0))];
        let main = Builder::script().build_script(&[Abilities::NONE], &odd, &[]);
        for (version, expected) in [(6, Ok(())), (5, Ok(())), (4, refused())] {
            assert_eq!(script(&CompiledScript { version, ..main.clone() }), expected);
        }
    }
}
