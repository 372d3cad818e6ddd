//! Tickets: good for one payment, once, for a time.

use ledger_core::{
    digest::Hash32,
    id::{ChainId, LegId},
    money::{Currency, Money},
    signature::Signed,
    time::LedgerTime,
};

use super::support::{
    CHAIN, DAY, Directory, NOW, after, bank, code, first, opened, opening, signer,
};
use crate::{
    case::{Case, Side},
    content::Content,
    kind::{Kind, Level},
    message::{Act, Answering, Opening},
    refused::Refused,
    ticket::{Check, Cleared, Shown, Ticket, Used, check, rests_on},
};

const SALT: Hash32 = Hash32::new([0x5a; 32]);

fn usd(minor: u128) -> Money {
    Money::new(Currency::new("USD").unwrap(), minor)
}

fn cleared() -> Cleared {
    Cleared {
        debtor_account: "DE02120300000000202051".to_owned(),
        debtor_name: "Anna".to_owned(),
        creditor_account: "FR1420041010050500013M02606".to_owned(),
        creditor_name: "Bert".to_owned(),
    }
}

fn ticket() -> Ticket {
    Ticket {
        chain: CHAIN,
        nonce: Hash32::new([1; 32]),
        issuer: bank('B'),
        holder: bank('A'),
        up_to: usd(100),
        subject: cleared().commitment(&SALT),
        checks: vec![Check::AccountOpen, Check::NameMatches, Check::Informed(Level::Two)],
        case: None,
        issued: NOW,
        expires: NOW.after(3_600_000),
    }
}

fn signed(ticket: Ticket) -> Signed<Ticket> {
    let signer = signer(&ticket.issuer);
    Signed::new(ticket, &signer).unwrap()
}

fn shown(cleared: &Cleared, leg: u8, minor: u128) -> Shown<'_> {
    Shown {
        leg: LegId::new([leg; 32]),
        instructing: bank('A'),
        money: usd(minor),
        cleared,
        salt: &SALT,
    }
}

const fn at(now: LedgerTime) -> (&'static ChainId, &'static dyn crate::message::Keys, LedgerTime) {
    (&CHAIN, &Directory, now)
}

#[test]
fn b8_a_ticket_is_good_for_its_payer_payee_and_amount_in_its_time() {
    let who = cleared();
    let good = signed(ticket());
    let now = NOW.after(5);
    for minor in [0, 1, 100] {
        assert_eq!(check(&good, &shown(&who, 1, minor), &[Check::NameMatches], at(now)), Ok(()));
    }
    let other = Cleared { creditor_name: "Carl".to_owned(), ..cleared() };
    let stranger = Shown { instructing: bank('C'), ..shown(&who, 1, 100) };
    let euros = Money::new(Currency::new("EUR").unwrap(), 1);
    let mismatches = [
        shown(&who, 1, 101),
        shown(&who, 1, u128::MAX),
        shown(&other, 1, 100),
        Shown { salt: &Hash32::ZERO, ..shown(&who, 1, 100) },
        Shown { money: euros, ..shown(&who, 1, 100) },
        stranger,
    ];
    for shown in mismatches {
        assert_eq!(check(&good, &shown, &[], at(now)), Err(Refused::TicketMismatch));
    }
    let wanted = [Check::Screened { list: Hash32::ZERO }];
    let lacking = check(&good, &shown(&who, 1, 1), &wanted, at(now));
    assert_eq!(lacking, Err(Refused::TicketMismatch));
    let rows = [(0, true), (3_599_999, true), (3_600_000, false)];
    for (ms, valid) in rows {
        let found = check(&good, &shown(&who, 1, 1), &[], at(NOW.after(ms)));
        assert_eq!(found.is_ok(), valid, "{ms}");
    }
    let early = LedgerTime::new(NOW.get() - 1);
    assert_eq!(check(&good, &shown(&who, 1, 1), &[], at(early)), Err(Refused::TicketExpired));
}

#[test]
fn b8_a_ticket_is_its_issuers_and_of_this_network() {
    let who = cleared();
    let of = |change: fn(&mut Signed<Ticket>)| {
        let mut ticket = signed(ticket());
        change(&mut ticket);
        check(&ticket, &shown(&who, 1, 1), &[], at(NOW))
    };
    assert_eq!(of(|_| {}), Ok(()));
    assert_eq!(of(|t| t.value.up_to = usd(1_000)), Err(Refused::TicketNotSigned));
    assert_eq!(of(|t| t.value.issuer = bank('C')), Err(Refused::TicketNotSigned));
    assert_eq!(of(|t| t.value.chain = ChainId::new([0; 32])), Err(Refused::WrongNetwork));
    let forged = Signed::new(ticket(), &signer(&bank('A'))).unwrap();
    let found = check(&forged, &shown(&who, 1, 1), &[], at(NOW));
    assert_eq!(found, Err(Refused::TicketNotSigned));
}

#[test]
fn b8_a_ticket_lives_a_day_at_most_and_says_something_once() {
    let form = |change: fn(&mut Ticket)| {
        let mut ticket = ticket();
        change(&mut ticket);
        ticket.is_well_formed()
    };
    assert_eq!(form(|_| {}), Ok(()));
    assert_eq!(form(|t| t.expires = NOW.after(DAY)), Ok(()));
    assert_eq!(form(|t| t.expires = NOW.after(DAY + 1)), Err(Refused::TicketExpired));
    assert_eq!(form(|t| t.expires = NOW), Err(Refused::TicketExpired));
    assert_eq!(form(|t| t.issued = NOW.after(DAY)), Err(Refused::TicketExpired));
    assert_eq!(form(|t| t.checks.clear()), Err(Refused::TicketMismatch));
    assert_eq!(form(|t| t.checks.reverse()), Err(Refused::TicketMismatch));
    let repeated: fn(&mut Ticket) = |t| t.checks = vec![Check::AccountOpen; 2];
    assert_eq!(form(repeated), Err(Refused::TicketMismatch));
    assert_eq!(form(|t| t.holder = t.issuer), Err(Refused::TicketMismatch));
}

#[test]
fn b8_a_ticket_states_what_its_case_was_answered() {
    let asked = |level, outcome: &str| {
        let content = Content::default();
        let message = first(Opening { level, ..opening(Kind::Utap) }, &content);
        let case = Case::open(&message, &content, Some(Side::Requester), NOW).unwrap().case;
        let answering = Answering { outcome: code(outcome), relayed: None, rule: None };
        let acts = [(Side::Responder, Act::Accept), (Side::Responder, Act::Answer(answering))];
        after(&case, &acts)
    };
    // A asked B, so A issues and B holds.
    let of = |case: &Case| Ticket {
        issuer: bank('A'),
        holder: bank('B'),
        case: Some(case.id),
        ..ticket()
    };
    let case = asked(Some(Level::Two), "INFO");
    let good = of(&case);
    assert_eq!(rests_on(&good, &case), Ok(()));
    assert_eq!(rests_on(&good, &asked(Some(Level::Three), "INFO")), Ok(()));
    let refused = Err(Refused::TicketMismatch);
    assert_eq!(rests_on(&good, &asked(Some(Level::One), "INFO")), refused);
    assert_eq!(rests_on(&good, &asked(None, "INFO")), refused);
    assert_eq!(rests_on(&good, &asked(Some(Level::Two), "NINF")), refused);
    assert_eq!(rests_on(&good, &opened(Side::Requester)), refused);
    let wrong: [fn(&mut Ticket); 4] = [
        |t| t.chain = ChainId::new([0; 32]),
        |t| t.case = None,
        |t| t.issuer = bank('C'),
        |t| t.holder = bank('C'),
    ];
    for change in wrong {
        let mut ticket = of(&case);
        change(&mut ticket);
        assert_eq!(rests_on(&ticket, &case), refused);
    }
    // Without a statement about information any answered case will do.
    let silent = Ticket { checks: vec![Check::AccountOpen], ..good };
    assert_eq!(rests_on(&silent, &asked(None, "INFO")), Ok(()));
}

#[test]
fn b8_a_ticket_is_consumed_by_one_payment_once() {
    let who = cleared();
    let good = signed(ticket());
    let take = |used: &Used, leg, now| used.consume(&good, &shown(&who, leg, 100), &[], at(now));
    let fresh = Used::default();
    let used = take(&fresh, 1, NOW).unwrap();
    assert_eq!(take(&used, 2, NOW), Err(Refused::TicketUsed));
    // The payment that used it is told so again, even when the ticket's time is over.
    assert_eq!(take(&used, 1, NOW.after(DAY)), Ok(used.clone()));
    assert_eq!(take(&used, 2, NOW.after(DAY)), Err(Refused::TicketUsed));
    assert_eq!(take(&fresh, 1, NOW.after(DAY)), Err(Refused::TicketExpired));
    let digest = ledger_core::signature::Statement::digest(&good.value);
    assert_eq!(used.by(&digest), Some(LegId::new([1; 32])));
    // Checking consumes nothing, and a refused payment neither.
    assert_eq!(check(&good, &shown(&who, 9, 1), &[], at(NOW)), Ok(()));
    let too_much = fresh.consume(&good, &shown(&who, 1, 101), &[], at(NOW));
    assert_eq!(too_much, Err(Refused::TicketMismatch));
    // What is forgotten cannot be consumed again.
    let swept = used.clone().swept(NOW.after(3_600_000));
    assert_eq!(swept, Used::default());
    assert_eq!(take(&swept, 2, NOW.after(3_600_000)), Err(Refused::TicketExpired));
    assert_eq!(used.clone().swept(NOW.after(3_599_999)), used);
}
