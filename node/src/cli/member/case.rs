//! `florin case`: questions between banks about payments.
//!
//! # Invariants an answer is prepared by one profile and approved by another (B7)

use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_client::{
    CaseAnswer, CaseReport, CaseSummary, Error, Gateway, Given, NewCase, WantedCases,
};

use super::{
    facts,
    inbox::key,
    print_json,
    profile::{ConnectArgs, usage},
    table,
};
use crate::cli::{
    call::runtime,
    ui::{self, Failure},
};

/// Columns of a list of cases.
pub(super) const HEADINGS: &[&str] =
    &["case", "about payment", "kind", "state", "turn", "answer by"];

/// What is done with cases.
#[derive(Debug, Subcommand)]
pub(crate) enum CaseArgs {
    /// Of one case.
    #[command(flatten)]
    One(OneCase),
    /// This bank's cases.
    List(ListArgs),
}

/// What is done with one case, and ends in showing it.
#[derive(Debug, Subcommand)]
pub(crate) enum OneCase {
    /// Ask another bank about a payment.
    Open(OpenArgs),
    /// Take a question on.
    Accept(ActArgs),
    /// Prepare an answer, which another client approves; takes the question on if nobody has.
    Answer(AnswerArgs),
    /// Send the answer that another client prepared.
    Approve(ActArgs),
    /// Be content with the answer.
    Close(ActArgs),
    /// No longer want an answer.
    Withdraw(ActArgs),
    /// A case with all that was said in it.
    Show(ShowArgs),
}

/// Options of `florin case open`.
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// The payment.
    uetr: String,
    /// What is asked, as in FWTR: docs/spec/interbank.md, Kinds.
    #[arg(long)]
    kind: String,
    /// How much is asked for, 1 to 3.
    #[arg(long)]
    level: Option<u8>,
    /// LEI of the bank that is asked; the payment's other bank if not given.
    #[arg(long)]
    to: Option<String>,
    /// A field that is asked for by name; may be repeated.
    #[arg(long)]
    field: Vec<String>,
    /// A line of free text; may be repeated.
    #[arg(long)]
    line: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

/// Options of `florin case answer`.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The case.
    case: String,
    /// The outcome: INFO, or NINF when there is nothing to say.
    #[arg(long, default_value = "INFO")]
    outcome: String,
    /// A field that is given, as in debtor_name='Ann Example'; may be repeated.
    #[arg(long, value_parser = given)]
    give: Vec<Given>,
    /// A line of free text; may be repeated.
    #[arg(long)]
    line: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

/// Options of an act on a case.
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    /// The case.
    case: String,
    #[command(flatten)]
    sending: Sending,
}

/// Options of what is sent once.
#[derive(Debug, Args)]
struct Sending {
    /// A name for the request, under which it counts once; a random one if not given.
    #[arg(long)]
    idempotency_key: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin case list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Of this payment.
    #[arg(long)]
    uetr: Option<String>,
    /// In this state, as in answered.
    #[arg(long)]
    state: Option<String>,
    /// When it is the turn of own, other or nobody.
    #[arg(long)]
    turn: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin case show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The case.
    case: String,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// There is no answer to approve.
#[derive(Debug, thiserror::Error)]
#[error("no answer waits for a second person; next: florin case show {0}")]
struct NoDraft(String);

fn given(text: &str) -> Result<Given, String> {
    let (field, value) = text.split_once('=').ok_or("write it as FIELD=VALUE")?;
    Ok(Given { field: field.to_owned(), value: value.to_owned() })
}

impl OneCase {
    const fn connect(&self) -> &ConnectArgs {
        match self {
            Self::Open(args) => &args.sending.connect,
            Self::Answer(args) => &args.sending.connect,
            Self::Accept(args) | Self::Approve(args) | Self::Close(args) | Self::Withdraw(args) => {
                &args.sending.connect
            }
            Self::Show(args) => &args.connect,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &CaseArgs) -> Result<ExitCode, Failure> {
    let runtime = runtime().map_err(Failure::of)?;
    match args {
        CaseArgs::List(args) => {
            let gateway = args.connect.connect()?.gateway;
            runtime.block_on(list(args, &gateway))
        }
        CaseArgs::One(args) => {
            let connect = args.connect();
            let gateway = connect.connect()?.gateway;
            let case = runtime.block_on(act(args, &gateway))?;
            if connect.json {
                print_json(&case)?
            } else {
                show(&case)
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn act(args: &OneCase, gateway: &Gateway) -> Result<CaseReport, Failure> {
    let named = |sending: &Sending| key(sending.idempotency_key.as_ref());
    let done = match args {
        OneCase::Open(args) => {
            let question = NewCase {
                uetr: args.uetr.clone(),
                to: args.to.clone(),
                kind: args.kind.clone(),
                level: args.level,
                asked: args.field.clone(),
                lines: args.line.clone(),
            };
            gateway.open_case(&question, &named(&args.sending)?).await
        }
        OneCase::Accept(args) => gateway.accept_case(&args.case, &named(&args.sending)?).await,
        OneCase::Answer(args) => answer(args, gateway, &named(&args.sending)?).await,
        OneCase::Approve(args) => {
            let case = gateway.case(&args.case).await.map_err(usage)?;
            let draft = case.draft.ok_or_else(|| Failure::of(NoDraft(args.case.clone())))?;
            gateway.approve_answer(&args.case, &draft.content, &named(&args.sending)?).await
        }
        OneCase::Close(args) => gateway.close_case(&args.case, &named(&args.sending)?).await,
        OneCase::Withdraw(args) => gateway.withdraw_case(&args.case, &named(&args.sending)?).await,
        OneCase::Show(ShowArgs { case, .. }) => gateway.case(case).await,
    };
    done.map_err(usage)
}

/// Takes the question on, if nobody has, and prepares the answer.
async fn answer(
    args: &AnswerArgs,
    gateway: &Gateway,
    key: &florin_client::Key,
) -> Result<CaseReport, Error> {
    let case = gateway.case(&args.case).await?;
    if case.summary.state == "opened" || case.summary.state == "reopened" {
        gateway.accept_case(&args.case, &florin_client::Key::random()).await?;
    }
    let answer = CaseAnswer {
        outcome: args.outcome.clone(),
        given: args.give.clone(),
        lines: args.line.clone(),
    };
    gateway.prepare_answer(&args.case, &answer, key).await
}

async fn list(args: &ListArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let mut wanted = WantedCases {
        uetr: args.uetr.clone(),
        state: args.state.clone(),
        turn: args.turn.clone(),
        after: None,
    };
    let mut cases = Vec::new();
    loop {
        let page = gateway.cases(&wanted).await.map_err(usage)?;
        cases.extend(page.cases);
        wanted.after = page.after;
        if wanted.after.is_none() {
            break;
        }
    }
    if args.connect.json {
        print_json(&cases)?;
    } else {
        table(HEADINGS, &cases.iter().map(row).collect::<Vec<_>>());
    }
    Ok(ExitCode::SUCCESS)
}

/// A case as a row of a list.
pub(super) fn row(case: &CaseSummary) -> Vec<String> {
    let CaseSummary { case, uetr, kind, state, turn, answer_by, .. } = case;
    [case, uetr, kind, state, turn, answer_by].map(Clone::clone).to_vec()
}

/// A case as people read it.
fn show(case: &CaseReport) {
    let about = &case.summary;
    facts(&[
        ("case", about.case.clone()),
        ("payment", about.uetr.clone()),
        ("asks", format!("{} {}", about.kind, case.asked.join(", "))),
        ("from", about.requester.clone()),
        ("to", about.responder.clone()),
        ("state", format!("{}, turn: {}", about.state, about.turn)),
        ("answer by", about.answer_by.clone()),
        ("trouble", case.delivery.trouble.clone().unwrap_or_default()),
    ]);
    ui::line("");
    let rows: Vec<_> = case.messages.iter().map(said).collect();
    table(&["written", "by", "act", "says"], &rows);
    if case.draft.is_some() {
        let next = "another client approves it: florin case approve";
        ui::note(&format!("an answer is prepared; {next} {}", about.case));
    }
}

fn said(message: &florin_client::cases::CaseMessage) -> Vec<String> {
    let given = message.says.given.iter().map(|given| format!("{}={}", given.field, given.value));
    let asked = message.says.asked.iter().map(|field| format!("{field}?"));
    let says: Vec<String> = message
        .code
        .clone()
        .into_iter()
        .chain(asked)
        .chain(given)
        .chain(message.says.lines.iter().cloned())
        .collect();
    vec![message.written.clone(), message.from.clone(), message.act.clone(), says.join("; ")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_given_by_name_and_value() {
        let field = given("debtor_name=Ann = Bob").unwrap();
        assert_eq!((field.field.as_str(), field.value.as_str()), ("debtor_name", "Ann = Bob"));
        assert!(given("debtor_name").is_err());
    }
}
