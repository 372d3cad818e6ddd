//! Notifications: read, written, in every version, against the official schemas and a real
//! statement.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

mod oracle;

use iso20022::{
    AccountId, Advice, Agent, BankTransactionCode, Camt054, Charge, CreditDebit, CurrencyAmount,
    DomainCode, EffectiveDate, Entry, EntryStatus, FIXTURE_CAMT054_BATCH_DEBIT,
    FIXTURE_CAMT054_CREDIT, Iso20022Error, Notification, NotifiedAccount, Party, PartyOrAgent,
    PostalAddress, ProprietaryCode, Purpose, References, Transaction,
};
use jiff::civil::date;
use oracle::{assert_valid, data};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn amount(currency: &str, text: &str) -> CurrencyAmount {
    CurrencyAmount { currency: currency.to_owned(), text: text.to_owned() }
}

fn credit() -> Camt054 {
    Camt054::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap()
}

fn batch_debit() -> Camt054 {
    Camt054::find(FIXTURE_CAMT054_BATCH_DEBIT.as_bytes()).unwrap()
}

/// The `Document` of the fixture that has an envelope.
fn credit_document() -> &'static str {
    let start = FIXTURE_CAMT054_CREDIT.find("<Document").unwrap();
    let end = FIXTURE_CAMT054_CREDIT.find("</BusinessMessage>").unwrap();
    &FIXTURE_CAMT054_CREDIT[start..end]
}

#[test]
fn the_fixtures_are_valid() {
    assert_valid(credit_document(), "camt.054.001.08");
    assert_valid(FIXTURE_CAMT054_BATCH_DEBIT, "camt.054.001.08");
}

#[test]
fn the_credit_reads_as_what_it_says() {
    let message = credit();
    assert_eq!(message.msg_id, "HARROWGATE-N-20261103-0071");
    assert_eq!(message.created, "2026-11-03T08:12:40Z");
    let [notification] = &message.notifications[..] else { panic!("one notification") };
    assert_eq!(notification.id, "HG-0071-1");
    assert_eq!(notification.account.id.identifier(), "IBAN:GB52QHTR99999900417733");
    assert_eq!(notification.account.currency.as_deref(), Some("EUR"));
    let servicer = notification.account.servicer.as_ref().unwrap();
    assert_eq!(servicer.identifiers(), ["BIC:QHTRGB2L", "LEI:ZZQH00HARROWGATE0060"]);

    let [entry] = &notification.entries[..] else { panic!("one entry") };
    assert_eq!(entry.reference.as_deref(), Some("1"));
    assert_eq!(entry.amount, amount("EUR", "250000.00"));
    assert_eq!(entry.direction, CreditDebit::Credit);
    assert!(!entry.reversal);
    assert_eq!(entry.status, EntryStatus::Booked);
    assert_eq!(entry.booked, Some(EffectiveDate::Date(date(2026, 11, 3))));
    assert_eq!(entry.value, Some(EffectiveDate::Date(date(2026, 11, 3))));
    assert_eq!(entry.account_servicer_ref.as_deref(), Some("HG20261103C00912"));
    let code = entry.code.domain.as_ref().unwrap();
    assert_eq!([&*code.domain, &*code.family, &*code.sub_family], ["PMNT", "RCDT", "ESCT"]);

    let [payment] = &entry.transactions[..] else { panic!("one payment") };
    let references = &payment.references;
    assert_eq!(references.msg_id.as_deref(), Some("NORDFJELL-20261103-000088"));
    assert_eq!(references.account_servicer_ref.as_deref(), Some("HG20261103C00912"));
    assert_eq!(references.instr_id.as_deref(), Some("NF-INSTR-000088"));
    assert_eq!(references.end_to_end_id.as_deref(), Some("MINT-7C41-0009"));
    assert_eq!(references.tx_id.as_deref(), Some("NF-TX-000088"));
    let uetr = references.uetr.unwrap().to_string();
    assert_eq!(uetr, "b81f2d07-64ae-4c35-8f19-0d2c7a95e6b4");
    assert_eq!(payment.amount.as_ref().unwrap().minor(2), Ok(25_000_000));
    assert_eq!(payment.direction, Some(CreditDebit::Credit));
    let debtor = payment.debtor.as_ref().unwrap();
    assert_eq!(debtor.name(), Some("Bankhaus Nordfjell AG"));
    assert!(matches!(debtor, PartyOrAgent::Agent(_)));
    let account = payment.debtor_account.as_ref().unwrap();
    assert_eq!(account.identifier(), "IBAN:DE78999999990087654321");
    let creditor = payment.creditor.as_ref().unwrap();
    assert_eq!(creditor.name(), Some("Marlstone Issuance GmbH"));
    assert!(matches!(creditor, PartyOrAgent::Party(_)));
    assert_eq!(payment.debtor_agent.as_ref().unwrap().bicfi.as_deref(), Some("QNFJDEF1"));
    assert_eq!(payment.creditor_agent.as_ref().unwrap().bicfi.as_deref(), Some("QHTRGB2L"));
    assert_eq!(payment.remittance, ["MINT-7C41-0009 reserve funding"]);
}

#[test]
fn a_batch_is_expanded_into_its_payments() {
    let message = batch_debit();
    let entry = &message.notifications[0].entries[0];
    assert_eq!(message.notifications[0].account.id, AccountId::Other("00417744".to_owned()));
    assert_eq!(entry.direction, CreditDebit::Debit);
    assert_eq!(entry.code.proprietary.as_ref().unwrap().code, "PAYOUT-BATCH");
    let booked = EffectiveDate::DateTime("2026-11-03T16:44:58+01:00".to_owned());
    assert_eq!(entry.booked, Some(booked));
    let payments: Vec<_> = entry
        .transactions
        .iter()
        .map(|one| {
            let minor = one.amount.as_ref().unwrap().minor(2).unwrap();
            (one.references.end_to_end_id.as_deref().unwrap(), minor)
        })
        .collect();
    let expected =
        [("BURN-51AA-0003", 1_250_000), ("BURN-51AA-0004", 573_070), ("BURN-51AA-0005", 5)];
    assert_eq!(payments, expected);
    let last = entry.transactions.last().unwrap();
    assert_eq!(last.additional_information.as_deref(), Some("Test payout, smallest sums"));
}

#[test]
fn payments_of_several_details_belong_to_one_entry() {
    let split = "</TxDtls></NtryDtls><NtryDtls><TxDtls>";
    let document = FIXTURE_CAMT054_BATCH_DEBIT.replace("<NbOfTxs>3</NbOfTxs>", "");
    let blank = gap_between_payments(&document);
    let document = document.replacen(blank, split, 1);
    assert_eq!(Camt054::find(document.as_bytes()).unwrap(), batch_debit());
}

/// The text from the end of a payment to the start of the next.
fn gap_between_payments(document: &str) -> &str {
    let start = document.find("</TxDtls>").unwrap();
    let end = start + document[start..].find("<TxDtls>").unwrap() + "<TxDtls>".len();
    &document[start..end]
}

/// Every field filled, with characters that need escaping.
fn full() -> Camt054 {
    let awkward = "A&B <\"'> ]]> \t Zürich 東京 \u{1f4b6}";
    let agent = Agent {
        bicfi: some("QLVBUS3NXXX"),
        clearing_system_code: some("USABA"),
        clearing_member_id: some("111111111"),
        lei: some("ZZQL00LINDENVALE0161"),
        name: some(awkward),
        ..Agent::default()
    };
    let party = Party {
        name: some(awkward),
        bic: some("ORCHUS33"),
        lei: some("ZZQL00LINDENVALE0161"),
        country_of_residence: some("US"),
        ..Party::default()
    };
    let code = BankTransactionCode {
        domain: Some(DomainCode {
            domain: "PMNT".to_owned(),
            family: "ICDT".to_owned(),
            sub_family: "XBCT".to_owned(),
        }),
        proprietary: Some(ProprietaryCode { code: awkward.to_owned(), issuer: some(awkward) }),
    };
    let payment = |text: &str, direction| Transaction {
        references: References {
            msg_id: some(awkward),
            account_servicer_ref: some("A"),
            instr_id: some("B"),
            end_to_end_id: some("C"),
            uetr: iso20022::identifier::parse_uetr("3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163"),
            tx_id: some("D"),
        },
        amount: Some(amount("JPY", text)),
        direction: Some(direction),
        code: Some(code.clone()),
        debtor: Some(PartyOrAgent::Party(party.clone())),
        debtor_account: Some(AccountId::Iban("DE39999999990012345678".to_owned())),
        creditor: Some(PartyOrAgent::Agent(agent.clone())),
        creditor_account: Some(AccountId::Other("1".to_owned())),
        ultimate_debtor: Some(PartyOrAgent::Agent(agent.clone())),
        ultimate_creditor: Some(PartyOrAgent::Party(party.clone())),
        purpose: Some(Purpose::Proprietary(awkward.to_owned())),
        instructed_amount: Some(amount("EUR", "0.5")),
        charges: vec![Charge { amount: amount("EUR", "0.01"), agent: agent.clone() }],
        debtor_agent: Some(agent.clone()),
        creditor_agent: Some(Agent::default()),
        remittance: vec![awkward.to_owned(), " \r\n kept as is ".to_owned()],
        structured: vec![(&Advice { reference: some(awkward), ..Advice::default() }).into()],
        additional_information: some(awkward),
    };
    let entry = Entry {
        reference: some("1"),
        amount: amount("JPY", "90"),
        direction: CreditDebit::Debit,
        reversal: true,
        status: EntryStatus::Booked,
        booked: Some(EffectiveDate::DateTime("2026-11-03T16:44:58.5Z".to_owned())),
        value: Some(EffectiveDate::Date(date(2026, 11, 4))),
        account_servicer_ref: some(awkward),
        code: code.clone(),
        transactions: vec![payment("100", CreditDebit::Debit), payment("10", CreditDebit::Credit)],
    };
    let account = NotifiedAccount {
        id: AccountId::Iban("DE39999999990012345678".to_owned()),
        currency: some("JPY"),
        servicer: Some(agent),
    };
    let quiet =
        NotifiedAccount { id: AccountId::Other("2".to_owned()), currency: None, servicer: None };
    Camt054 {
        msg_id: "M".to_owned(),
        created: "2026-11-03T16:45:02".to_owned(),
        notifications: vec![
            Notification { id: "N1".to_owned(), account, entries: vec![entry] },
            Notification { id: "N2".to_owned(), account: quiet, entries: Vec::new() },
        ],
    }
}

/// As little as an entry can say.
fn bare() -> Camt054 {
    let entry = Entry {
        reference: None,
        amount: amount("USD", "0.01"),
        direction: CreditDebit::Credit,
        reversal: false,
        status: EntryStatus::Pending,
        booked: None,
        value: None,
        account_servicer_ref: None,
        code: BankTransactionCode {
            domain: None,
            proprietary: Some(ProprietaryCode { code: "X".to_owned(), issuer: None }),
        },
        transactions: vec![Transaction::default()],
    };
    let account =
        NotifiedAccount { id: AccountId::Other("2".to_owned()), currency: None, servicer: None };
    Camt054 {
        msg_id: "M".to_owned(),
        created: "2026-11-03T16:45:02Z".to_owned(),
        notifications: vec![Notification { id: "N".to_owned(), account, entries: vec![entry] }],
    }
}

#[test]
fn what_is_written_is_valid_and_reads_back_equal() {
    for message in [credit(), batch_debit(), full(), bare()] {
        let document = message.to_xml();
        assert_eq!(Camt054::find(document.as_bytes()).as_ref(), Ok(&message), "{document}");
        assert_eq!(message.check(), Ok(()));
        assert_valid(&document, "camt.054.001.08");
    }
}

#[test]
fn every_status_and_direction_is_written_and_read_back() {
    for status in EntryStatus::ALL {
        for direction in CreditDebit::ALL {
            let mut message = bare();
            message.notifications[0].entries[0].status = *status;
            message.notifications[0].entries[0].direction = *direction;
            assert_eq!(message.check(), Ok(()), "{status} {direction}");
        }
    }
}

#[test]
fn the_prefix_and_the_envelope_do_not_matter() {
    let prefixed = credit_document()
        .replace("xmlns=", "xmlns:p=")
        .replace("</", "</p:")
        .replace('<', "<p:")
        .replace("<p:/p:", "</p:");
    assert_eq!(Camt054::find(prefixed.as_bytes()).unwrap(), credit());
    let other = credit_document().replace("<Document", "<Bulk").replace("</Document", "</Bulk");
    assert_eq!(Camt054::find(format!("<Out>{other}</Out>").as_bytes()).unwrap(), credit());
}

#[test]
fn versions_2_to_12_are_read_and_others_refused() {
    let of_version = |version: &str| {
        let name = format!("camt.054.001.{version}");
        Camt054::find(credit_document().replace("camt.054.001.08", &name).as_bytes())
    };
    for version in ["03", "04", "05", "06", "07", "08", "09", "10", "11", "12"] {
        assert_eq!(of_version(version), Ok(credit()), "{version}");
    }
    for version in ["00", "01", "13", "80"] {
        let (found, expected) = (format!("camt.054.001.{version}"), "camt.054.001.08");
        assert_eq!(of_version(version), Err(Iso20022Error::UnknownVersion { found, expected }));
    }
}

/// The batch as version 02 spells it.
const OF_2009: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">
  <BkToCstmrDbtCdtNtfctn>
    <GrpHdr><MsgId>HG-OLD-9</MsgId><CreDtTm>2026-11-03T16:45:02</CreDtTm></GrpHdr>
    <Ntfctn>
      <Id>HG-OLD-9-1</Id>
      <CreDtTm>2026-11-03T16:45:02</CreDtTm>
      <Acct>
        <Id><Othr><Id>00417744</Id></Othr></Id>
        <Ccy>USD</Ccy>
        <Svcr><FinInstnId><BIC>QHTRGB2L</BIC></FinInstnId></Svcr>
      </Acct>
      <Ntry>
        <Amt Ccy="USD">30.00</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd>
        <RvslInd>1</RvslInd>
        <Sts>BOOK</Sts>
        <BookgDt><Dt>2026-11-03</Dt></BookgDt>
        <BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>
        <Chrgs><Amt Ccy="USD">0.10</Amt></Chrgs>
        <Chrgs><Amt Ccy="USD">0.20</Amt></Chrgs>
        <NtryDtls>
          <Btch><NbOfTxs>2</NbOfTxs></Btch>
          <TxDtls>
            <Refs><EndToEndId>E1</EndToEndId><TxId>T1</TxId></Refs>
            <AmtDtls>
              <InstdAmt><Amt Ccy="EUR">9.99</Amt></InstdAmt>
              <TxAmt><Amt Ccy="USD">10.00</Amt></TxAmt>
            </AmtDtls>
            <RltdPties>
              <Dbtr>
                <Nm>Henrike Vossbrink</Nm>
                <PstlAdr><AdrTp>HOME</AdrTp><Ctry>DE</Ctry></PstlAdr>
                <Id><OrgId><BICOrBEI>ORCHUS33</BICOrBEI></OrgId></Id>
              </Dbtr>
              <DbtrAcct><Id><IBAN>DE39999999990012345678</IBAN></Id></DbtrAcct>
            </RltdPties>
            <RltdAgts><DbtrAgt><FinInstnId><BIC>QNFJDEF1</BIC></FinInstnId></DbtrAgt></RltdAgts>
          </TxDtls>
          <TxDtls>
            <AmtDtls><TxAmt><Amt Ccy="USD">20.00</Amt></TxAmt></AmtDtls>
          </TxDtls>
        </NtryDtls>
      </Ntry>
    </Ntfctn>
  </BkToCstmrDbtCdtNtfctn>
</Document>"#;

/// The statement of the same version with the same account and entries, for which there is an
/// official schema at hand.
fn as_statement(notification: &str) -> String {
    let balance = "<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"USD\">1</Amt>\
                   <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-03</Dt></Dt></Bal><Ntry>";
    notification
        .replace("camt.054", "camt.053")
        .replace("BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt")
        .replace("Ntfctn>", "Stmt>")
        .replacen("<Ntry>", balance, 1)
}

#[test]
fn a_notification_of_2009_says_the_same_in_other_words() {
    assert_valid(&as_statement(OF_2009), "camt.053.001.02");
    let old = Camt054::find(OF_2009.as_bytes()).unwrap();
    let [entry] = &old.notifications[0].entries[..] else { panic!("one entry") };
    let servicer = old.notifications[0].account.servicer.as_ref().unwrap();
    assert_eq!(servicer.identifiers(), ["BIC:QHTRGB2L"]);
    assert_eq!(entry.status, EntryStatus::Booked);
    assert!(entry.reversal);
    let [first, second] = &entry.transactions[..] else { panic!("two payments") };
    assert_eq!(first.amount, Some(amount("USD", "10.00")));
    assert_eq!(first.direction, Some(CreditDebit::Credit));
    let party =
        Party { name: some("Henrike Vossbrink"), bic: some("ORCHUS33"), ..Party::default() };
    assert_eq!(first.debtor, Some(PartyOrAgent::Party(party)));
    assert_eq!(first.debtor_agent.as_ref().unwrap().bicfi.as_deref(), Some("QNFJDEF1"));
    assert_eq!(first.references.tx_id.as_deref(), Some("T1"));
    assert_eq!(second.amount, Some(amount("USD", "20.00")));

    assert_eq!(old.check(), Ok(()));
    assert_valid(&old.to_xml(), "camt.054.001.08");
}

#[test]
fn an_amount_of_2009_before_exchange_is_not_the_payments_part() {
    let foreign = OF_2009.replace("<Amt Ccy=\"USD\">10.00<", "<Amt Ccy=\"EUR\">9.20<");
    let old = Camt054::find(foreign.as_bytes()).unwrap();
    let [first, second] = &old.notifications[0].entries[0].transactions[..] else {
        panic!("two payments")
    };
    assert_eq!((&first.amount, first.direction), (&None, None));
    assert_eq!(second.amount, Some(amount("USD", "20.00")));
}

#[test]
fn a_party_without_a_choice_and_a_status_without_a_code_are_read_as_early_versions_mean_them() {
    let early = FIXTURE_CAMT054_BATCH_DEBIT
        .replace("camt.054.001.08", "camt.054.001.04")
        .replace("<UETR>0e6d3c91-b2f7-4a08-a5d4-93c1f07e2b86</UETR>", "")
        .replace("<LEI>ZZQL00LINDENVALE0161</LEI>", "");
    let early: String = early
        .lines()
        .filter(|line| !matches!(line.trim(), "<Pty>" | "</Pty>"))
        .map(|line| if line.trim() == "<Cd>BOOK</Cd>" { "BOOK" } else { line.trim() })
        .collect();
    assert_valid(&as_statement(&early), "camt.053.001.04");
    let mut expected = batch_debit();
    let first = &mut expected.notifications[0].entries[0].transactions[0];
    first.references.uetr = None;
    first.creditor_agent.as_mut().unwrap().lei = None;
    assert_eq!(Camt054::find(early.as_bytes()).unwrap(), expected);
}

#[test]
fn a_late_account_without_a_number_is_no_account_and_late_addresses_are_passed_over() {
    let name = "<Nm>Bankhaus Nordfjell AG</Nm>";
    let number = "<Id><IBAN>DE78999999990087654321</IBAN></Id>";
    let document: String = credit_document().lines().map(str::trim).collect();
    let late = document
        .replace("camt.054.001.08", "camt.054.001.12")
        .replacen(name, &format!("{name}<PstlAdr><CareOf>Front desk</CareOf></PstlAdr>"), 1)
        .replacen(number, "<Prxy><Id>+49 431 555</Id></Prxy>", 1);
    let mut expected = credit();
    expected.notifications[0].entries[0].transactions[0].debtor_account = None;
    assert_eq!(Camt054::find(late.as_bytes()).unwrap(), expected);
}

/// The real statement's entries on a notified account.
fn real_entries() -> Option<String> {
    let statement =
        std::fs::read_to_string(data().join("samples/bank-camt.053.001.02.xml")).ok()?;
    let notification = statement
        .replace("camt.053", "camt.054")
        .replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
        .replace("Stmt>", "Ntfctn>");
    let (head, tail) = notification.split_once("<Bal>")?;
    let (_, tail) = tail.rsplit_once("</Bal>")?;
    Some(format!("{head}{tail}"))
}

#[test]
fn a_real_entry_in_another_currency_than_its_account_is_refused_and_the_others_are_read() {
    let Some(notification) = real_entries() else {
        println!("skipped: no data");
        return;
    };
    let error = Camt054::find(notification.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "currency_mismatch");
    assert_eq!(error.path(), Some("BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/Amt"));

    let unstated = notification.replace("<Ccy>USD</Ccy>", "");
    let read = Camt054::find(unstated.as_bytes()).unwrap();
    let entries = &read.notifications[0].entries;
    assert_eq!(entries.len(), unstated.matches("<Ntry>").count());
    let payments: Vec<_> = entries.iter().flat_map(|entry| &entry.transactions).collect();
    assert_eq!(payments.len(), unstated.matches("<TxDtls>").count());
    assert!(payments.iter().all(|payment| payment.amount.is_some()));
    println!("{} entries with {} payments", entries.len(), payments.len());
    assert_eq!(read.check(), Ok(()));
    assert_valid(&read.to_xml(), "camt.054.001.08");
}

#[test]
fn payments_against_the_direction_of_the_entry_lessen_it() {
    let mut message = full();
    let entry = &mut message.notifications[0].entries[0];
    entry.amount.text = "110".to_owned();
    assert_eq!(message.check().unwrap_err().code(), "sum_mismatch");
    let entry = &mut message.notifications[0].entries[0];
    entry.transactions[1].direction = Some(CreditDebit::Debit);
    assert_eq!(message.check(), Ok(()));
}

#[test]
fn payments_are_compared_with_their_entry_only_when_all_state_an_amount() {
    let mut message = batch_debit();
    let entry = &mut message.notifications[0].entries[0];
    entry.transactions[1].amount = None;
    entry.transactions[1].direction = None;
    assert_eq!(message.check(), Ok(()));
    message.notifications[0].entries[0].transactions.clear();
    assert_eq!(message.check(), Ok(()));
}

#[test]
fn the_largest_amounts_are_compared_without_overflow() {
    let mut message = full();
    let entry = &mut message.notifications[0].entries[0];
    let largest = || Some(amount("JPY", &"9".repeat(18)));
    let all = |direction| Transaction {
        amount: largest(),
        direction: Some(direction),
        ..Transaction::default()
    };
    entry.amount = largest().unwrap();
    entry.transactions =
        [vec![all(CreditDebit::Debit); 500], vec![all(CreditDebit::Credit); 499]].concat();
    assert_eq!(message.check(), Ok(()));
    message.notifications[0].entries[0].transactions.pop();
    assert_eq!(message.check().unwrap_err().code(), "sum_mismatch");
}

#[test]
fn values_that_no_notification_can_carry_fail_the_check_with_a_place() {
    let place = |change: fn(&mut Entry)| {
        let mut message = credit();
        change(&mut message.notifications[0].entries[0]);
        let error = message.check().unwrap_err();
        error.path().unwrap_or(error.code()).to_owned()
    };
    let entry = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry";
    let payment = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/NtryDtls/TxDtls";
    assert_eq!(place(|e| e.reference = some("")), format!("{entry}/NtryRef"));
    assert_eq!(place(|e| e.amount.text = "0.00".into()), format!("{entry}/Amt"));
    assert_eq!(place(|e| e.code = BankTransactionCode::default()), format!("{entry}/BkTxCd"));
    let long = |e: &mut Entry| e.transactions[0].additional_information = Some("x".repeat(501));
    assert_eq!(place(long), format!("{payment}/AddtlTxInf"));
    assert_eq!(place(|e| e.transactions[0].direction = None), format!("{payment}/CdtDbtInd"));
    let addressed = |e: &mut Entry| {
        let address = Some(PostalAddress { town: some("Kiel"), ..PostalAddress::default() });
        let party = Party { address, ..Party::default() };
        e.transactions[0].debtor = Some(PartyOrAgent::Party(party));
    };
    assert_eq!(place(addressed), "BkToCstmrDbtCdtNtfctn");
    let mut empty = credit();
    empty.notifications.clear();
    let error = empty.check().unwrap_err();
    assert_eq!(error.path(), Some("BkToCstmrDbtCdtNtfctn/Ntfctn"));
}
