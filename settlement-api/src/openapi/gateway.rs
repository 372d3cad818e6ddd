//! The document of a gateway.

use utoipa::{
    OpenApi as _,
    openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme},
};

use super::{Asked, Parts, examples, problems};
use crate::{
    oauth::{Scope, is_enough},
    problem::Problem,
    server::{ClientRole, CommandReport, Described, MAX_BODY, MAX_WAIT_S},
    webhooks::message::WebhookEvent,
};

/// Schemas that no handler names itself.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Problem, CommandReport, WebhookEvent)))]
struct Named;

const TAGS: &[(&str, &str)] = &[
    ("Payments", "Paying another member's customer, and what became of it."),
    ("Recalls and returns", "A settled payment that is asked back, and what becomes of it."),
    ("Exchange", "Quotes of market makers, and two currencies against each other, both or none."),
    ("Customers", "Whom a member lets pay."),
    ("Accounts and supply", "Balances and totals with their proofs."),
    ("Mint and redeem", "Bank money into tokens and back; two persons for each step."),
    ("Two persons", "Proposals, approvals, freezes: what operators and compliance decide."),
    ("Reserves", "What a custodian vouches for."),
    ("Contracts", "Programs that members call: what is published, what a call costs, its proof."),
    ("Commands and receipts", "What became of a command, and its proof."),
    (
        "Cases",
        "Questions to other banks about payments, and theirs to this one; rules that answer; tickets.",
    ),
    ("Webhooks", "Events told to a bank's own systems, signed."),
    ("Between banks", "What gateways say to each other."),
    ("Service", "Unsigned: health, counters, this document."),
];

pub(super) fn parts() -> Parts {
    let mut described = Described::openapi();
    described.merge(Named::openapi());
    Parts {
        described,
        description: include_str!("description.md")
            .replace("{MAX_WAIT_S}", &MAX_WAIT_S.to_string())
            .replace("{MAX_BODY}", &MAX_BODY.to_string()),
        roles: "The role that an operation needs stands in its security requirement; without one, \
                every client of the gateway may ask.",
        anyone: "Any client of the gateway.",
        tags: TAGS,
        problems: problems::all(),
        may,
        by_token: is_enough,
        tokens: Some(tokens()),
        examples: examples::all(),
    }
}

/// How a client gets a token.
fn tokens() -> SecurityScheme {
    let roles = ClientRole::ALL.into_iter();
    let scopes = roles.flat_map(|role| [false, true].map(|reads| Scope { role, reads }));
    let said = |scope: Scope| {
        let may = if scope.reads { "What it may read." } else { "For what a token is enough." };
        (scope.name(), may.to_owned())
    };
    let flow = ClientCredentials::new("/oauth/token", Scopes::from_iter(scopes.map(said)));
    let text = "A token of client credentials (RFC 6749 §4.4; by secret or `private_key_jwt`) in \
                `Authorization: Bearer`, in place of a signature: for reading, and for what sends no \
                command and moves no money.";
    SecurityScheme::OAuth2(OAuth2::with_description([Flow::ClientCredentials(flow)], text))
}

/// What changes only as its client saw it, where that is asked for.
const CONDITIONAL: [&str; 3] =
    ["/v1/payments/{uetr}/cancel", "/v1/standing-orders/{standing_order}/cancel", "/v1/customers"];

/// A case changes so, too, by every act.
fn is_conditional(path: &str) -> bool {
    let act = path.strip_prefix("/v1/cases/{case}/");
    CONDITIONAL.contains(&path)
        || act.is_some_and(|act| !["message", "evidence", "documents/{document}"].contains(&act))
}

fn may(status: u16, asked: &Asked) -> bool {
    match status {
        408 | 413 => asked.body,
        // Said where no operation is.
        405 => false,
        412 => asked.body && is_conditional(&asked.path),
        400 | 409 | 422 => asked.body || asked.variable || !asked.query.is_empty(),
        _ => true,
    }
}
