//! Why a signed request is refused, with the stable code of each refusal.

use std::fmt;

/// Why a request cannot be signed, or its signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum HttpSignatureError {
    #[error("the request has no {0} header")]
    MissingHeader(HeaderName),
    #[error("the request has more than one {0} header")]
    DuplicateHeader(HeaderName),
    #[error("the {0} header is too long or has characters other than visible ASCII and space")]
    UnreadableHeader(HeaderName),
    #[error("the signature is not labelled sig1")]
    WrongLabel,
    #[error("the {0} header is not in the canonical form of the profile")]
    Malformed(HeaderName),
    #[error("{0:?} cannot be covered: empty, too long, or not visible ASCII")]
    UnsignablePart(Component),
    #[error("the covered components are not those of the profile for this request")]
    WrongComponents,
    #[error("a signature parameter is not one of the profile")]
    UnknownParameter,
    #[error("the signature parameter {0:?} occurs twice")]
    DuplicateParameter(Parameter),
    #[error("the signature parameter {0:?} is missing")]
    MissingParameter(Parameter),
    #[error("the signature algorithm is not ed25519")]
    WrongAlgorithm,
    #[error("keyid is not a public key in lowercase hex")]
    BadKeyId,
    #[error("the nonce is not 16 bytes in base64")]
    BadNonce,
    #[error("the signature expires before it was created or lives longer than 300 s")]
    BadLifetime,
    #[error("the signature was created in the future")]
    CreatedInFuture,
    #[error("the signature has expired")]
    Expired,
    #[error("the body does not match its content-digest")]
    DigestMismatch,
    #[error("the signature does not verify")]
    BadSignature,
}

impl HttpSignatureError {
    /// The stable code of this refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingHeader(HeaderName::Signature | HeaderName::SignatureInput) => {
                "signature_missing"
            }
            Self::MissingHeader(HeaderName::ContentDigest) => "content_digest_missing",
            Self::MissingHeader(HeaderName::ContentType) => "content_type_missing",
            Self::MissingHeader(HeaderName::IdempotencyKey) => "idempotency_key_missing",
            Self::DuplicateHeader(_) => "signature_header_duplicate",
            Self::UnreadableHeader(_) => "signature_header_unreadable",
            Self::WrongLabel => "signature_label_wrong",
            Self::Malformed(_) => "signature_malformed",
            Self::UnsignablePart(_) => "signature_part_unsignable",
            Self::WrongComponents => "signature_components_wrong",
            Self::UnknownParameter => "signature_parameter_unknown",
            Self::DuplicateParameter(_) => "signature_parameter_duplicate",
            Self::MissingParameter(_) => "signature_parameter_missing",
            Self::WrongAlgorithm => "signature_algorithm_wrong",
            Self::BadKeyId => "signature_keyid_invalid",
            Self::BadNonce => "signature_nonce_invalid",
            Self::BadLifetime => "signature_lifetime_invalid",
            Self::CreatedInFuture => "signature_created_in_future",
            Self::Expired => "signature_expired",
            Self::DigestMismatch => "content_digest_mismatch",
            Self::BadSignature => "signature_invalid",
        }
    }
}

/// The headers the profile reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderName {
    /// `signature`
    Signature,
    /// `signature-input`
    SignatureInput,
    /// `content-digest`
    ContentDigest,
    /// `content-type`
    ContentType,
    /// `idempotency-key`
    IdempotencyKey,
}

impl HeaderName {
    /// The name, in lowercase.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::SignatureInput => "signature-input",
            Self::ContentDigest => "content-digest",
            Self::ContentType => "content-type",
            Self::IdempotencyKey => "idempotency-key",
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The covered components of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// `@method`
    Method,
    /// `@path`
    Path,
    /// `@query`
    Query,
    /// `content-type`
    ContentType,
    /// `idempotency-key`
    IdempotencyKey,
}

/// The signature parameters of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// When the signature was made.
    Created,
    /// Until when it counts.
    Expires,
    /// What makes it single-use.
    Nonce,
    /// The algorithm.
    Alg,
    /// The public key.
    KeyId,
}
