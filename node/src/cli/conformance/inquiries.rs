//! Cases between this bank and a peer.

use florin_client::{CaseAnswer, CaseReport, Error, Gateway, Given, Key, NewCase};

use super::kit::{Fault, Held, Kit, PATIENCE, differs};

/// Asks who pays and who is paid.
const KIND: &str = "FWTR";

/// Who asks, who answers, and who approves the answer.
struct Sides<'a> {
    asks: &'a Gateway,
    answers: &'a Gateway,
    approves: &'a Gateway,
}

impl Kit {
    /// The question, about the payment out.
    fn question(&self) -> Result<NewCase, Fault> {
        let (order, _) = self.paid.as_ref().ok_or(Fault::NotRun("needs the payment of pay-out"))?;
        Ok(NewCase {
            uetr: order.uetr.clone(),
            kind: KIND.to_owned(),
            level: Some(1),
            lines: vec!["Please confirm payer and payee.".to_owned()],
            ..NewCase::default()
        })
    }

    fn answer(&self) -> Result<CaseAnswer, Fault> {
        let (order, _) = self.paid.as_ref().ok_or(Fault::NotRun("needs the payment of pay-out"))?;
        let number = |party: &florin_client::Party| {
            party.iban.clone().or_else(|| party.account.clone()).unwrap_or_default()
        };
        let given = [
            ("debtor_name", order.debtor.name.clone()),
            ("debtor_account", number(&order.debtor)),
            ("creditor_name", order.creditor.name.clone()),
            ("creditor_account", number(&order.creditor)),
        ];
        let given = given.map(|(field, value)| Given { field: field.to_owned(), value });
        Ok(CaseAnswer { outcome: "INFO".to_owned(), given: given.to_vec(), lines: Vec::new() })
    }

    pub(super) async fn case_ask(&self) -> Held {
        let sides =
            Sides { asks: &self.gateway, answers: self.peer()?, approves: self.peer_second()? };
        let prepared = self.prepare(&sides).await?;
        self.finish(&sides, prepared).await
    }

    pub(super) async fn case_answer(&mut self) -> Held {
        let sides = Sides { asks: self.peer()?, answers: &self.gateway, approves: self.second()? };
        let (case, content) = self.prepare(&sides).await?;
        let alone = sides.answers.approve_answer(&case, &content, &Key::random()).await;
        let got = self.finish(&sides, (case, content)).await;
        // Judged by the case after this one.
        self.prepared = Some(match alone {
            Err(Error::Refused(problem)) => (problem.status.to_string(), problem.code),
            Err(error) => (String::new(), error.to_string()),
            Ok(_) => ("200".to_owned(), "sent by one person".to_owned()),
        });
        got
    }

    pub(super) fn case_four_eyes(&self) -> Held {
        let seen = self.prepared.as_ref().ok_or(Fault::NotRun("needs the case of case-answer"))?;
        let got = format!("{} {}", seen.0, seen.1);
        if got == "409 same_person" { Ok(got) } else { differs(got) }
    }

    pub(super) async fn case_unknown(&self) -> Held {
        let answer = self.send(self.get(&format!("/v1/cases/{}", "0".repeat(64)))).await?;
        super::kit::refused(&answer, (404, "case_unknown"))
    }

    /// Opened by one bank, taken on by the other, and an answer prepared: the case and what is to be
    /// approved.
    async fn prepare(&self, sides: &Sides<'_>) -> Result<(String, String), Fault> {
        let opened = sides.asks.open_case(&self.question()?, &Key::random()).await?;
        let case = opened.summary.case;
        becomes(sides.answers, &case, "opened").await?;
        sides.answers.accept_case(&case, &Key::random()).await?;
        let answer = self.answer()?;
        let prepared = sides.answers.prepare_answer(&case, &answer, &Key::random()).await?;
        match prepared.draft {
            Some(draft) => Ok((case, draft.content)),
            None => differs("no draft of the answer"),
        }
    }

    async fn finish(&self, sides: &Sides<'_>, (case, content): (String, String)) -> Held {
        sides.approves.approve_answer(&case, &content, &Key::random()).await?;
        let answered = becomes(sides.asks, &case, "answered").await?;
        let given = answered.messages.last().map_or(0, |message| message.says.given.len());
        if given != 4 {
            return differs(format!("an answer with {given} fields"));
        }
        sides.asks.close_case(&case, &Key::random()).await?;
        becomes(sides.answers, &case, "closed").await?;
        Ok("closed at both".to_owned())
    }
}

/// Waits until a case has come to a state at a bank; until its first letter has come it is unknown.
async fn becomes(bank: &Gateway, case: &str, state: &str) -> Result<CaseReport, Fault> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let seen = match bank.case(case).await {
            Ok(report) if report.summary.state == state => return Ok(report),
            Ok(report) => report.summary.state,
            Err(Error::Refused(problem)) if problem.code == "case_unknown" => problem.code,
            Err(error) => return Err(error.into()),
        };
        if tokio::time::Instant::now() >= deadline {
            return differs(format!("{seen}, not {state}, at {}", bank.url()));
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
