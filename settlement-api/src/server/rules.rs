//! Endpoints for rules that answer other banks' questions.
//!
//! # Invariants B7 one client proposes, another approves by the digest of the terms, anyone withdraws

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use interbank::rule::{Release, Rule, Terms};
use ledger_core::{digest::Hash32, time::LedgerTime};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::Schema};
use verifier::summary::rfc3339;

use super::{
    App, Body, Client, ClientRole,
    cases::{
        YesInput, field_lists, kind_lists, parse_code, parse_field, parse_id, parse_kind,
        parse_lei, parse_level, parse_time, with_desk,
    },
    json_body,
    paging::{Page, PageOf},
    with_client,
};
use crate::{
    gateway::Gateway,
    inquiries::{
        codes::{self as known_codes, Use},
        desk::{self, Desk},
        person,
        report::number,
        rules,
    },
    openapi::{
        Naming,
        text::{Id, IsoCode, LeiCode, Time, words},
    },
    refused::Refused,
};

const COMPLIANCE: &[ClientRole] = &[ClientRole::Compliance];

/// A rule.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RulePath {
    /// The digest of its terms.
    #[param(value_type = Id)]
    rule: String,
}

/// What a rule covers, and what it may give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// Kinds of questions that it answers.
    #[schema(schema_with = kind_lists)]
    pub kinds: Vec<String>,
    /// LEIs of the banks that it answers; every bank when none is named.
    #[serde(default)]
    #[schema(value_type = Vec<LeiCode>)]
    pub requesters: Vec<String>,
    /// The highest level, 1 or 2; only questions without level when not said.
    #[schema(minimum = 1, maximum = 2)]
    pub level: Option<u8>,
    /// Fields that it may give.
    #[schema(schema_with = field_lists)]
    pub gives: Vec<String>,
    /// The outcome that its answers state.
    #[schema(value_type = IsoCode)]
    pub outcome: String,
    /// `one_person`, who says yes to each answer, or `at_once`.
    #[schema(schema_with = releases)]
    pub release: String,
    /// Until when it acts.
    #[schema(value_type = Time)]
    pub until: String,
}

/// Banks that one rule names at most.
const MAX_REQUESTERS: usize = 1_000;

const ONE_PERSON: &str = "one_person";
const AT_ONCE: &str = "at_once";

fn releases() -> Schema {
    words(&[ONE_PERSON, AT_ONCE])
}

impl RuleInput {
    fn terms(&self) -> Result<Terms, Refused> {
        let level = self.level.map(parse_level).transpose()?;
        if level.is_some_and(interbank::Level::wants_document) {
            return Err(Refused::Malformed("a rule has no documents: its level is 1 or 2"));
        }
        if self.requesters.len() > MAX_REQUESTERS {
            return Err(Refused::Malformed("a rule names at most 1,000 banks; make several"));
        }
        let kinds: BTreeSet<_> =
            self.kinds.iter().map(|name| parse_kind(name)).collect::<Result<_, _>>()?;
        let outcome = parse_code(&self.outcome)?;
        for kind in &kinds {
            known_codes::check(*kind, Use::Outcome, [&outcome])?;
        }
        Ok(Terms {
            kinds,
            requesters: self
                .requesters
                .iter()
                .map(|lei| parse_lei(lei))
                .collect::<Result<_, _>>()?,
            level,
            gives: self.gives.iter().map(|name| parse_field(name)).collect::<Result<_, _>>()?,
            outcome,
            release: match self.release.as_str() {
                ONE_PERSON => Release::OnePerson,
                AT_ONCE => Release::AtOnce,
                _ => return Err(Refused::Malformed("release is one_person or at_once")),
            },
            until: parse_time(&self.until)?,
        })
    }
}

/// A rule as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleReport {
    /// The digest of its terms, which an approval names.
    #[schema(value_type = Id)]
    pub rule: String,
    /// `proposed`, `in_force`, `ended` or `withdrawn`.
    pub status: &'static str,
    /// Kinds of questions that it answers.
    pub kinds: Vec<&'static str>,
    /// Banks that it answers; every bank when none is named.
    #[schema(value_type = Vec<LeiCode>)]
    pub requesters: Vec<String>,
    /// The highest level.
    pub level: Option<u8>,
    /// Fields that it may give.
    pub gives: Vec<&'static str>,
    /// The outcome that its answers state.
    #[schema(value_type = IsoCode)]
    pub outcome: String,
    /// `one_person` or `at_once`.
    pub release: &'static str,
    /// Until when it acts.
    #[schema(value_type = Time)]
    pub until: String,
}

impl RuleReport {
    fn of(rule: &Rule, now: LedgerTime) -> Self {
        let terms = &rule.terms;
        let set: BTreeSet<&'static str> = terms.kinds.iter().map(|kind| kind.name()).collect();
        Self {
            rule: rule.digest().to_hex(),
            status: match (rule.is_withdrawn(), rule.is_approved()) {
                (true, _) => "withdrawn",
                (false, false) => "proposed",
                (false, true) if rule.is_in_force(now) => "in_force",
                (false, true) => "ended",
            },
            kinds: set.into_iter().collect(),
            requesters: terms.requesters.iter().map(ToString::to_string).collect(),
            level: terms.level.map(number),
            gives: terms.gives.iter().map(|field| field.name()).collect(),
            outcome: terms.outcome.text().to_owned(),
            release: match terms.release {
                Release::OnePerson => ONE_PERSON,
                Release::AtOnce => AT_ONCE,
            },
            until: rfc3339(terms.until),
        }
    }
}

fn show(gateway: &Gateway, digest: &Hash32) -> Result<HttpResponse, Refused> {
    let rule = desk::read(gateway, |desk| {
        rules::load(desk.change, digest).map(|rule| RuleReport::of(&rule, desk.now))
    })?;
    Ok(HttpResponse::Ok().json(rule))
}

fn named(text: &str) -> Result<Hash32, Refused> {
    parse_id(text).map_err(|_| Refused::NotFound)
}

/// `POST /v1/answer-rules`: proposes a rule that answers other banks' questions.
///
/// It does not act before another person approves it. The same terms again are the same rule.
#[utoipa::path(post, path = "/v1/answer-rules", tag = "Cases", params(Naming),
    security(("rfc9421" = ["compliance"])), request_body = RuleInput,
    responses((status = 200, description = "Proposed.", body = RuleReport)))]
pub async fn post_rule(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, client: &Client, input: RuleInput| {
        rules::propose(desk, input.terms()?, person(client))
    };
    with_desk((&app, &request, &body), COMPLIANCE, json_body, work, show).await
}

/// `GET /v1/answer-rules`: all rules, also those that no longer act.
#[utoipa::path(get, path = "/v1/answer-rules", tag = "Cases", params(PageOf),
    security(("rfc9421" = ["compliance"])),
    responses((status = 200, description = "By their digests.", body = Vec<RuleReport>)))]
pub async fn get_rules(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), COMPLIANCE, |_| async {
        let all = desk::read(&app.gateway, |desk| {
            let all = rules::all(desk.change)?;
            Ok(all.iter().map(|rule| RuleReport::of(rule, desk.now)).collect::<Vec<_>>())
        });
        let page = Page::read(request.query_string()).map_err(|r| r.problem())?;
        let all = all.map_err(|r| r.problem())?;
        let (rules, last) = page.cut(all, |rule| rule.rule.clone().into_bytes());
        Ok(page.answer(&request, &rules, last))
    })
    .await
}

/// `POST /v1/answer-rules/{rule}/approve`: a second person's yes to exactly these terms.
#[utoipa::path(post, path = "/v1/answer-rules/{rule}/approve", tag = "Cases",
    params(RulePath, Naming), security(("rfc9421" = ["compliance"])), request_body = YesInput,
    responses((status = 200, description = "In force.", body = RuleReport)))]
pub async fn approve_rule(
    app: Data<App>,
    request: HttpRequest,
    rule: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, client: &Client, input: YesInput| {
        let (rule, content) = (named(&rule)?, parse_id(&input.content)?);
        rules::approve(desk, (&rule, &content), person(client))?;
        Ok(rule)
    };
    with_desk((&app, &request, &body), COMPLIANCE, json_body, work, show).await
}

/// `POST /v1/answer-rules/{rule}/withdraw`: takes a rule out of force, at once and for good.
#[utoipa::path(post, path = "/v1/answer-rules/{rule}/withdraw", tag = "Cases",
    params(RulePath, Naming), security(("rfc9421" = ["compliance"])),
    responses((status = 200, description = "Withdrawn.", body = RuleReport)))]
pub async fn withdraw_rule(
    app: Data<App>,
    request: HttpRequest,
    rule: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, _: &Client, (): ()| {
        let rule = named(&rule)?;
        rules::withdraw(desk, &rule)?;
        Ok(rule)
    };
    with_desk((&app, &request, &body), COMPLIANCE, |_| Ok(()), work, show).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_a_rule_names_no_more_banks_than_are_kept() {
        let of = |count| RuleInput {
            kinds: Vec::new(),
            requesters: vec!["5493001KJTIIGC8Y1R12".to_owned(); count],
            level: None,
            gives: Vec::new(),
            outcome: "INFO".to_owned(),
            release: ONE_PERSON.to_owned(),
            until: "2026-11-02T09:30:00Z".to_owned(),
        };
        assert!(of(MAX_REQUESTERS).terms().is_ok());
        assert!(of(MAX_REQUESTERS + 1).terms().is_err());
    }
}
