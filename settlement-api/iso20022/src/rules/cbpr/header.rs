//! The business application header, which stands before every message.

use super::super::{Breaks, Case, Rule};
use super::{has_offset, is_reference};
use crate::spot::Spot;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cbpr.header",
        messages: &[],
        text: "is missing; put a head.001.001.02 before the document",
        check: |case, out| {
            if case.header.is_none() && case.family() != "head.001" {
                out.path("AppHdr".to_owned(), 0);
            }
        },
    },
    Rule {
        id: "cbpr.header_version",
        messages: &[],
        text: "is not in the version that is exchanged; send head.001.001.02",
        check: |case, out| {
            if let Some(header) = &case.header
                && case.header_came_as != Some("head.001.001.02")
            {
                out.at(header);
            }
        },
    },
    Rule {
        id: "cbpr.message_version",
        messages: &[],
        text: "is a message or version that is not exchanged; send one that is",
        check: |case, out| {
            if !EXCHANGED.contains(&case.came_as) {
                out.at(&case.message);
            }
        },
    },
    Rule {
        id: "cbpr.header_reference",
        messages: &[],
        text: "differs from the identification of the message; make them equal",
        check: |case, out| {
            let Some(own) = field(case, "BizMsgIdr") else { return };
            let identification = [
                "GrpHdr/MsgId",
                "Assgnmt/Id",
                "Assgnmt/MsgId",
                "InvstgtnReq/MsgId",
                "InvstgtnRspn/MsgId",
            ]
            .into_iter()
            .find_map(|path| case.message.text_at(path));
            if identification.is_some_and(|identification| identification != own.text()) {
                out.at(&own);
            }
        },
    },
    Rule {
        id: "cbpr.header_reference_characters",
        messages: &[],
        text: "holds characters or slashes that references may not; use letters, digits and -?:().,'+",
        check: |case, out| {
            if let Some(own) = field(case, "BizMsgIdr").filter(|own| !is_reference(own.text())) {
                out.at(&own);
            }
        },
    },
    Rule {
        id: "cbpr.header_service",
        messages: &[],
        text: "must name the service; send swift.cbprplus. and the release",
        check: |case, out| {
            let Some(header) = &case.header else { return };
            match header.at("BizSvc") {
                None => out.below(header, "BizSvc"),
                Some(service) if is_service(service.text()) => {}
                Some(service) => out.at(&service),
            }
        },
    },
    Rule {
        id: "cbpr.header_cover_service",
        messages: &[],
        text: "must say .cov. for a cover, and only for it",
        check: |case, out| {
            let Some(service) = field(case, "BizSvc") else { return };
            let is_cover = case.message.has("CdtTrfTxInf/UndrlygCstmrCdtTrf");
            if is_cover != service.text().contains(".cov.") {
                out.at(&service);
            }
        },
    },
    Rule {
        id: "cbpr.header_created",
        messages: &[],
        text: "must have an offset from UTC; write +00:00, not Z",
        check: |case, out| {
            if let Some(created) =
                field(case, "CreDt").filter(|created| !has_offset(created.text()))
            {
                out.at(&created);
            }
        },
    },
    Rule {
        id: "cbpr.header_bic",
        messages: &[],
        text: "must identify the institution by its BIC; add FIId/FinInstnId/BICFI",
        check: |case, out| {
            let Some(header) = &case.header else { return };
            for party in ["Fr", "To"] {
                out.need(header, &format!("{party}/FIId/FinInstnId/BICFI"));
            }
        },
    },
    Rule {
        id: "cbpr.header_from",
        messages: &["pacs.002", "pacs.004", "pacs.008", "pacs.009"],
        text: "is not the instructing agent; make the two BICs equal",
        check: |case, out| agent_is(case, out, "Fr", "InstgAgt"),
    },
    Rule {
        id: "cbpr.header_to",
        messages: &["pacs.002", "pacs.004", "pacs.008", "pacs.009"],
        text: "is not the instructed agent; make the two BICs equal",
        check: |case, out| {
            // A copy goes to somebody else than the payment does.
            if !matches!(field(case, "CpyDplct").map(|copy| copy.text()), Some("COPY" | "CODU")) {
                agent_is(case, out, "To", "InstdAgt");
            }
        },
    },
    Rule {
        id: "cbpr.header_priority",
        messages: &["pacs.008", "pacs.009"],
        text: "differs from the priority of the instruction; make them equal",
        check: |case, out| {
            let Some(own) = field(case, "Prty") else { return };
            let differs = |spot: &Spot<'_>| {
                spot.text_at("PmtTpInf/InstrPrty").is_some_and(|priority| priority != own.text())
            };
            if case.transactions().iter().any(differs) {
                out.at(&own);
            }
        },
    },
    Rule {
        id: "cbpr.header_copy",
        messages: &["camt.052", "camt.053", "camt.054"],
        text: "differs from what the account message says it is a copy of; make them equal",
        check: |case, out| {
            let Some(own) = field(case, "CpyDplct") else { return };
            let differs = |spot: &Spot<'_>| {
                spot.text_at("CpyDplctInd").is_some_and(|copy| copy != own.text())
            };
            if case.statements().iter().any(differs) {
                out.at(&own);
            }
        },
    },
    Rule {
        id: "cbpr.header_signature",
        messages: &[],
        text: "is not used; the network signs messages, remove it",
        check: |case, out| {
            if let Some(signature) = field(case, "Sgntr") {
                out.at(&signature);
            }
        },
    },
];

const EXCHANGED: &[&str] = &[
    "camt.029.001.09",
    "camt.052.001.08",
    "camt.053.001.08",
    "camt.054.001.08",
    "camt.056.001.08",
    "camt.060.001.05",
    "camt.110.001.01",
    "camt.111.001.01",
    "head.001.001.02",
    "pacs.002.001.10",
    "pacs.004.001.09",
    "pacs.008.001.08",
    "pacs.009.001.08",
    "pacs.028.001.03",
    "pain.001.001.09",
    "pain.002.001.10",
    "admi.004.001.02",
    "admi.007.001.01",
    "admi.002.001.01",
];

/// `swift.cbprplus.` and the release, with the kind of message between where it has one.
fn is_service(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("swift.cbprplus.") else { return false };
    let (kind, release) = rest.rsplit_once('.').unwrap_or(("", rest));
    release.len() == 2
        && release.bytes().all(|b| b.is_ascii_digit())
        && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'.')
}

/// What stands between `swift.cbprplus.` and the release: `cov`, `adv`, `stp`, or nothing.
pub(super) fn service_kind<'a>(case: &Case<'a>) -> Option<&'a str> {
    let rest = field(case, "BizSvc")?.text().strip_prefix("swift.cbprplus.")?;
    Some(rest.rsplit_once('.').map_or("", |(kind, _)| kind))
}

pub(super) fn field<'a>(case: &Case<'a>, path: &str) -> Option<Spot<'a>> {
    case.header.as_ref().and_then(|header| header.at(path))
}

/// A head office may be written with `XXX` or without.
fn agent_is(case: &Case<'_>, out: &mut Breaks, party: &str, agent: &str) {
    fn office(bic: &str) -> &str {
        bic.strip_suffix("XXX").filter(|office| office.len() == 8).unwrap_or(bic)
    }
    let Some(own) = field(case, &format!("{party}/FIId/FinInstnId/BICFI")) else { return };
    let path = format!("{agent}/FinInstnId/BICFI");
    let differs = |bic: &str| office(bic) != office(own.text());
    let named = case.transactions().iter().filter_map(|spot| spot.text_at(&path)).any(differs);
    if named {
        out.at(&own);
    }
}
