//! acmt.023 as it is read, acmt.024 as it is written.
//!
//! # Invariants H1 what is written keeps its schema and the rules of the standard

use iso20022::{
    check::check,
    view::{Acmt023, Acmt024, View as _},
};

use super::{
    asking::{AccountCheckInput, AskedCheck, Question},
    report::outcome,
};
use crate::{
    exceptions::messages::{fresh_reference, written, written_now},
    gateway::Gateway,
    headed::Named,
    payments::request::AgentInput,
    refused::Refused,
};

/// Reads an acmt.023 with one verification.
///
/// # Errors
/// [`Refused::Rules`]; [`Refused::Malformed`] when it names no holder or no bank.
pub fn read(xml: &[u8]) -> Result<(AccountCheckInput, Question), Refused> {
    let message = Acmt023::find(xml).map_err(Refused::Rules)?;
    let judged = check(xml, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    let Some(name) = message.name else {
        return Err(Refused::Malformed("the verification names no Pty/Nm"));
    };
    // The account's bank, or who is asked.
    let agent = match (message.agent, message.agent_lei) {
        (None, None) => AgentInput { bic: message.assignee, lei: message.assignee_lei },
        (bic, lei) => AgentInput { bic, lei },
    };
    let input =
        AccountCheckInput { agent, name, iban: message.iban, account: message.other_account };
    let question = Question {
        msg_id: Some(message.msg_id),
        created: Some(message.created),
        id: Some(message.id),
    };
    Ok((input, question))
}

/// The acmt.024 of a check that has ended.
///
/// # Errors
/// [`Refused::NotAnswered`] before; [`Refused::Rules`].
pub fn answer(gateway: &Gateway, record: &AskedCheck) -> Result<Vec<u8>, Refused> {
    let found = outcome(&record.stage).ok_or(Refused::CheckPending)?;
    let request = &record.request.value;
    let (from, to) = (Named::of(gateway, &request.to), Named::of(gateway, &request.from));
    let number = |kind: &str| request.account.strip_prefix(kind).map(str::to_owned);
    let message = Acmt024 {
        msg_id: fresh_reference(),
        created: written_now(),
        assigner: from.bic,
        assigner_lei: Some(from.lei),
        assignee: to.bic,
        assignee_lei: Some(to.lei),
        original_msg_id: record.question.msg_id.clone(),
        original_created: record.question.created.clone(),
        original_id: record.question.id.clone().unwrap_or_else(|| "NOTPROVIDED".to_owned()),
        verified: (found.code == "MTCH").to_string(),
        reason: found.reason.map(str::to_owned),
        name: Some(request.name.clone()),
        iban: number("IBAN:"),
        other_account: number("OTHR:"),
        updated_name: found.name,
    };
    written(&message)
}
