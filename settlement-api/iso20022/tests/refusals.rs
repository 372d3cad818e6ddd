//! What is refused, with which code, and where.

use iso20022::{FIXTURE_PACS008, Iso20022Error, Pacs002, Pacs008, SchemaRule, xml};

fn refusal(document: &str) -> Iso20022Error {
    match Pacs008::find(document.as_bytes()) {
        Ok(_) => panic!("accepted: {document}"),
        Err(error) => error,
    }
}

/// The fixture with its first `from` replaced, refused.
fn refusal_with(from: &str, to: &str) -> Iso20022Error {
    assert!(FIXTURE_PACS008.contains(from), "{from} is not in the fixture");
    refusal(&FIXTURE_PACS008.replacen(from, to, 1))
}

const ROOT: &str = "<BusinessMessage ";
const NAME: &str = "Henrike Vossbrink";

#[test]
fn xml_that_is_dangerous_or_broken_is_refused_by_kind() {
    let rows = [
        (ROOT, "<!DOCTYPE BusinessMessage><BusinessMessage ", "dtd_refused"),
        (
            ROOT,
            "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><BusinessMessage ",
            "dtd_refused",
        ),
        (ROOT, "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><BusinessMessage ", "dtd_refused"),
        (ROOT, "<?xml-stylesheet href=\"a\"?><BusinessMessage ", "processing_instruction_refused"),
        (NAME, "&bomb;", "undefined_entity"),
        (NAME, "&nbsp;", "undefined_entity"),
        (NAME, "&#1;", "malformed_xml"),
        (NAME, "&#xFFFFFFFFF;", "malformed_xml"),
        (NAME, "\u{1}", "malformed_xml"),
        (NAME, "a & b", "malformed_xml"),
        (NAME, "a < b", "malformed_xml"),
        (NAME, "]]>", "malformed_xml"),
        (NAME, "<!-- a -- b -->", "malformed_xml"),
        ("</CdtTrfTxInf>", "</CdtTrfTxInfo>", "malformed_xml"),
        ("</BusinessMessage>", "", "malformed_xml"),
        ("</BusinessMessage>", "</BusinessMessage", "malformed_xml"),
        ("</BusinessMessage>", "</BusinessMessage>x", "trailing_content"),
        ("</BusinessMessage>", "</BusinessMessage><a/>", "trailing_content"),
        ("</BusinessMessage>", "</BusinessMessage>&amp;", "trailing_content"),
        ("</BusinessMessage>", "</BusinessMessage><![CDATA[x]]>", "trailing_content"),
        ("</BusinessMessage>", "</BusinessMessage></a>", "malformed_xml"),
        ("<?xml version", " <?xml version", "malformed_xml"),
        ("version=\"1.0\"", "version=\"1.1\"", "malformed_xml"),
        ("UTF-8", "ISO-8859-1", "malformed_xml"),
        (" Ccy=\"USD\"", " Ccy=\"USD\" Ccy=\"EUR\"", "malformed_xml"),
        (" Ccy=\"USD\"", " x:Ccy=\"USD\"", "malformed_xml"),
        (" Ccy=\"USD\"", " Ccy=USD", "malformed_xml"),
        ("<GrpHdr>", "<x:GrpHdr>", "malformed_xml"),
    ];
    for (from, to, code) in rows {
        let error = refusal_with(from, to);
        assert_eq!(error.code(), code, "{to}: {error}");
    }
}

#[test]
fn well_formed_is_what_xml_1_0_with_namespaces_says() {
    let accepted = [
        "<a />",
        "<a></a >",
        "<a b = \"1\"\n c='2'\n/>",
        "<a b='\"' c=\"'\" d=\">\"/>",
        "<a b=\"]]>\">]]&gt;]]<b/>></a>",
        "<a>&#x41;&#65;<!----><![CDATA[<&]]></a>",
        "<é.b-c_1/>",
        "<x:a xmlns:x='u' xml:lang='en'><b xmlns='v'><c xmlns=''/></b></x:a>",
        "<?xml version = '1.0' encoding = 'utf-8' standalone = 'yes' ?><a/>",
    ];
    for document in accepted {
        assert!(xml::Element::parse(document.as_bytes()).is_ok(), "{document}");
    }
    let refused = [
        "< a/>",
        "<a / >",
        "<1/>",
        "<-a/>",
        "<:a/>",
        "<a:/>",
        "<a b/>",
        "<a =\"1\"/>",
        "<a b=\"1\"c=\"2\"/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a b='&amp'/>",
        "<a b='&#1;'/>",
        "<a xmlns='u' xmlns='v'/>",
        "<a xmlns:x=''/>",
        "<a xmlns:xmlns='u'/>",
        "<xmlns:a/>",
        "<a:b:c xmlns:a='u'/>",
        "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>",
        "<x:a xmlns:x='u' xmlns:y='u'></y:a>",
        "<a></ a>",
        "<a><b></a></b>",
        "<a></a></a>",
        "<a>&lt</a>",
        "<a>&;</a>",
        "<a>&AMP;</a>",
        "<a>&#+65;</a>",
        "<a>&#X41;</a>",
        "<a>&#xD800;</a>",
        "<a>\u{fffe}</a>",
        "<a><!-- x ---></a>",
        "<a><!x></a>",
        "<a><![cdata[x]]></a>",
        "<a/>\u{feff}",
        "<a><?xml version='1.0'?></a>",
        "<?xml version='1.0'?><?xml version='1.0'?><a/>",
        "<?xml encoding='utf-8'?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>",
    ];
    for document in refused {
        assert!(xml::Element::parse(document.as_bytes()).is_err(), "{document}");
    }
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let end = FIXTURE_PACS008.trim_end().len();
    for length in 0..end {
        assert!(Pacs008::find(&FIXTURE_PACS008.as_bytes()[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn text_before_the_root_and_an_empty_document_are_refused() {
    for document in ["", "   ", "x", "<!-- only -->", "x<a/>", "<?xml version=\"1.0\"?>"] {
        assert_eq!(refusal(document).code(), "malformed_xml", "{document:?}");
    }
}

#[test]
fn blanks_and_comments_after_the_root_and_a_byte_order_mark_are_no_content() {
    let document = format!("\u{feff}{FIXTURE_PACS008}\n <!-- end --> \n");
    assert_eq!(Pacs008::find(document.as_bytes()), Pacs008::find(FIXTURE_PACS008.as_bytes()));
}

#[test]
fn every_limit_of_the_reader_is_kept() {
    let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    assert_eq!(refusal(&nested(xml::MAX_DEPTH)).code(), "unknown_message");
    assert_eq!(refusal(&nested(xml::MAX_DEPTH + 1)).code(), "too_deep");
    assert_eq!(refusal(&nested(100_000)).code(), "too_deep");

    let padded = |bytes: usize| format!("<a>{}</a>", " ".repeat(bytes - 7));
    assert_eq!(refusal(&padded(xml::MAX_BYTES)).code(), "unknown_message");
    assert_eq!(refusal(&padded(xml::MAX_BYTES + 1)).code(), "too_large");

    let flat = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    assert_eq!(refusal(&flat(xml::MAX_ELEMENTS)).code(), "unknown_message");
    assert_eq!(refusal(&flat(xml::MAX_ELEMENTS + 1)).code(), "too_many_elements");

    let attributes = |count: usize| {
        let list: String = (0..count).map(|at| format!(" a{at}=\"\"")).collect();
        format!("<a{list}/>")
    };
    assert_eq!(refusal(&attributes(xml::MAX_ATTRIBUTES)).code(), "unknown_message");
    assert_eq!(refusal(&attributes(xml::MAX_ATTRIBUTES + 1)).code(), "too_many_attributes");

    let long = "a".repeat(xml::MAX_NAME + 1);
    assert_eq!(refusal(&format!("<{long}/>")).code(), "name_too_long");
    assert_eq!(refusal(&format!("<a xmlns=\"{long}\"/>")).code(), "name_too_long");
    let long = "a".repeat(xml::MAX_VALUE + 1);
    assert_eq!(refusal(&format!("<a b=\"{long}\"/>")).code(), "name_too_long");
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    let mut bytes = FIXTURE_PACS008.as_bytes().to_vec();
    bytes[100] = 0xff;
    assert_eq!(Pacs008::find(&bytes), Err(Iso20022Error::InvalidUtf8 { offset: 100 }));
}

#[test]
fn the_message_counts_only_in_its_own_namespace() {
    let namespace = "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08";
    let found = |found: &str| Iso20022Error::NotAPacs008 { found: Some(found.to_owned()) };
    let none = Iso20022Error::NotAPacs008 { found: None };
    let version = |found: &str| Iso20022Error::UnknownVersion {
        found: found.to_owned(),
        expected: "pacs.008.001.08",
    };
    let iso = |name: &str| format!("urn:iso:std:iso:20022:tech:xsd:{name}");
    let rows = [
        ("urn:example:pacs.008.001.08".to_owned(), none.clone()),
        (String::new(), none.clone()),
        (iso("pacs.008.001.08x"), none.clone()),
        (iso("pacs.008.001.8"), none),
        (iso("pacs.009.001.08"), found("pacs.009.001.08")),
        (iso("pain.001.001.09"), found("pain.001.001.09")),
        (iso("pacs.008.001.09"), version("pacs.008.001.09")),
        (iso("pacs.008.001.12"), version("pacs.008.001.12")),
        (iso("pacs.008.001.02"), version("pacs.008.001.02")),
    ];
    for (other, expected) in rows {
        assert_eq!(refusal_with(namespace, &other), expected, "{other}");
    }
}

#[test]
fn each_kind_of_message_is_named_when_the_other_is_sent() {
    let error = Pacs002::find(FIXTURE_PACS008.as_bytes()).unwrap_err();
    assert_eq!(error, Iso20022Error::NotAPacs002 { found: Some("pacs.008.001.08".to_owned()) });
    assert_eq!(error.code(), "unknown_message");
}

fn transaction() -> &'static str {
    let start = FIXTURE_PACS008.find("<CdtTrfTxInf>").unwrap();
    let end = FIXTURE_PACS008.find("</CdtTrfTxInf>").unwrap() + "</CdtTrfTxInf>".len();
    &FIXTURE_PACS008[start..end]
}

#[test]
fn several_transactions_or_messages_are_refused_as_a_whole() {
    let twice = FIXTURE_PACS008.replacen(transaction(), &transaction().repeat(2), 1);
    assert_eq!(refusal(&twice), Iso20022Error::TransactionCountMismatch { declared: 1, found: 2 });
    let declared = twice.replacen("<NbOfTxs>1<", "<NbOfTxs>2<", 1);
    assert_eq!(refusal(&declared), Iso20022Error::MultipleTransactions { count: 2 });
    let none = FIXTURE_PACS008.replacen(transaction(), "", 1);
    assert_eq!(refusal(&none), Iso20022Error::TransactionCountMismatch { declared: 1, found: 0 });
    let nothing = none.replacen("<NbOfTxs>1<", "<NbOfTxs>0<", 1);
    assert_eq!(refusal(&nothing).code(), "schema_violation");

    let start = FIXTURE_PACS008.find("<Document").unwrap();
    let end = FIXTURE_PACS008.find("</BusinessMessage>").unwrap();
    let document = &FIXTURE_PACS008[start..end];
    let messages = FIXTURE_PACS008.replacen(document, &document.repeat(2), 1);
    assert_eq!(refusal(&messages), Iso20022Error::MultipleMessages { count: 2 });
}

#[test]
fn a_document_holds_its_message_alone() {
    let rules = |xml: &str| {
        let judged = iso20022::check::check(xml.as_bytes(), None);
        judged.errors.into_iter().map(|error| error.rule).collect::<Vec<_>>()
    };
    assert!(rules(FIXTURE_PACS008).is_empty());
    let schema = "<Document xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                  xsi:schemaLocation=\"urn:x x.xsd\"";
    assert!(rules(&FIXTURE_PACS008.replacen("<Document", schema, 1)).is_empty());
    for (before, after) in [
        ("</Document>", "<Nm>Who</Nm></Document>"),
        ("</Document>", "<Nm xmlns=\"\"/></Document>"),
        ("</Document>", "text</Document>"),
        ("<FIToFICstmrCdtTrf", "<Nm>Who</Nm><FIToFICstmrCdtTrf"),
        ("<Document", "<Document Id=\"1\""),
    ] {
        let crowded = FIXTURE_PACS008.replacen(before, after, 1);
        assert_eq!(rules(&crowded), ["document.not_alone"], "{after}");
    }
}

#[test]
fn each_fact_is_held_to_the_schema_and_refused_with_its_path() {
    let header = "FIToFICstmrCdtTrf/GrpHdr";
    let tx = "FIToFICstmrCdtTrf/CdtTrfTxInf";
    let long = "x".repeat(141);
    let rows = [
        ("<MsgId>LINDENVALE-20261102-000417", "<MsgId>", header, "/MsgId", "schema_violation"),
        (">LV-TX-000417<", &format!(">{}<", &long[..36]), tx, "/PmtId/TxId", "schema_violation"),
        (NAME, &long, tx, "/Cdtr/Nm", "schema_violation"),
        ("05301", &long, tx, "/Dbtr/PstlAdr/PstCd", "schema_violation"),
        ("<Ctry>US<", "<Ctry>USA<", tx, "/Dbtr/PstlAdr/Ctry", "schema_violation"),
        ("Invoice 2209, two", &long, tx, "/RmtInf/Ustrd", "schema_violation"),
        ("<NbOfTxs>1<", "<NbOfTxs>one<", header, "/NbOfTxs", "schema_violation"),
        ("<NbOfTxs>1<", "<NbOfTxs>+1<", header, "/NbOfTxs", "schema_violation"),
        ("T14:05:11Z</CreDtTm>", "</CreDtTm>", header, "/CreDtTm", "schema_violation"),
        (">CLRG<", ">CASH<", header, "/SttlmInf/SttlmMtd", "schema_violation"),
        (">SHAR<", ">OURS<", tx, "/ChrgBr", "schema_violation"),
        (">2026-11-02</Intr", ">2026-02-30</Intr", header, "/IntrBkSttlmDt", "schema_violation"),
        ("4b80", "1b80", tx, "/PmtId/UETR", "bad_uetr"),
        ("3f6c9a52", "3F6C9A52", tx, "/PmtId/UETR", "bad_uetr"),
        ("<UETR>3f6c9a52", "<UETR>", tx, "/PmtId/UETR", "bad_uetr"),
        (
            "<BICFI>QLVBUS3N</BICFI>\n            <LEI>",
            "<BICFI>QLVBUS3</BICFI>\n            <LEI>",
            header,
            "/InstgAgt/FinInstnId/BICFI",
            "bad_bic",
        ),
        ("0161</LEI>", "0162</LEI>", header, "/InstgAgt/FinInstnId/LEI", "bad_lei"),
        ("DE39", "DE40", tx, "/CdtrAcct/Id/IBAN", "bad_iban"),
        ("<Prtry>FLORIN<", "<Cd>FLORIN<", "", "", "malformed_xml"),
        (
            "<Prtry>FLORIN</Prtry>",
            "<Cd>FLORIN</Cd>",
            header,
            "/SttlmInf/ClrSys/Cd",
            "schema_violation",
        ),
        ("Amt Ccy=\"USD\"", "Amt", header, "/TtlIntrBkSttlmAmt/@Ccy", "schema_violation"),
        ("Ccy=\"USD\"", "Ccy=\"usd\"", header, "/TtlIntrBkSttlmAmt", "schema_violation"),
        (">12500.00<", ">12500.000<", header, "/TtlIntrBkSttlmAmt", "amount_too_many_decimals"),
        (">12500.00<", ">1.25e4<", header, "/TtlIntrBkSttlmAmt", "amount_malformed"),
        (">12500.00<", ">12500.01<", header, "/TtlIntrBkSttlmAmt", "total_mismatch"),
        ("Ccy=\"USD\"", "Ccy=\"EUR\"", header, "/TtlIntrBkSttlmAmt", "total_mismatch"),
        (
            ">12500.00<",
            ">1234567890123456789<",
            header,
            "/TtlIntrBkSttlmAmt",
            "amount_too_many_digits",
        ),
    ];
    for (from, to, parent, path, code) in rows {
        let error = refusal_with(from, to);
        assert_eq!(error.code(), code, "{to}: {error}");
        if !parent.is_empty() {
            assert_eq!(error.path(), Some(format!("{parent}{path}").as_str()), "{to}: {error}");
        }
    }
}

#[test]
fn the_order_and_number_of_elements_is_that_of_the_schema() {
    let amount = "<IntrBkSttlmAmt Ccy=\"USD\">12500.00</IntrBkSttlmAmt>";
    let uetr = "<UETR>3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163</UETR>";
    let header_date = "<IntrBkSttlmDt>2026-11-02</IntrBkSttlmDt>";
    let rows = [
        (amount.to_owned(), String::new(), SchemaRule::Missing),
        (amount.to_owned(), amount.repeat(2), SchemaRule::Repeated),
        (uetr.to_owned(), uetr.repeat(2), SchemaRule::Repeated),
        ("</ChrgBr>".to_owned(), format!("</ChrgBr>{header_date}"), SchemaRule::OutOfOrder),
        ("</ChrgBr>".to_owned(), "</ChrgBr><Foo/>".to_owned(), SchemaRule::NotAllowed),
        (
            "<ChrgBr>SHAR</ChrgBr>".to_owned(),
            "<ChrgBr xmlns=\"urn:other\">SHAR</ChrgBr>".to_owned(),
            SchemaRule::Missing,
        ),
        ("<PmtId>".to_owned(), "<PmtId>stray".to_owned(), SchemaRule::MixedContent),
        ("<PmtId>".to_owned(), "<PmtId a=\"1\">".to_owned(), SchemaRule::UnknownAttribute),
        ("SHAR".to_owned(), "SH<b/>AR".to_owned(), SchemaRule::NotSimple),
        ("Ccy=\"USD\"".to_owned(), "Ccy=\"USD\" a=\"1\"".to_owned(), SchemaRule::UnknownAttribute),
        (
            "<IBAN>DE39999999990012345678</IBAN>".to_owned(),
            "<IBAN>DE39999999990012345678</IBAN><Othr><Id>1</Id></Othr>".to_owned(),
            SchemaRule::Repeated,
        ),
    ];
    for (from, to, rule) in rows {
        match refusal_with(&from, &to) {
            Iso20022Error::SchemaViolation { rule: found, .. } => assert_eq!(found, rule, "{to}"),
            other => panic!("{to}: {other}"),
        }
    }
}

#[test]
fn a_fact_in_header_and_transaction_must_agree() {
    let charge = "<ChrgBr>";
    let date = |day: &str| format!("<IntrBkSttlmDt>2026-11-{day}</IntrBkSttlmDt><ChrgBr>");
    assert!(Pacs008::find(FIXTURE_PACS008.replacen(charge, &date("02"), 1).as_bytes()).is_ok());
    let error = refusal_with(charge, &date("03"));
    assert_eq!(error.path(), Some("FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmDt"));

    let agent = |bic: &str| {
        format!("<InstgAgt><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></InstgAgt><Dbtr>")
    };
    let error = refusal_with("<Dbtr>", &agent("QNFJDEF1"));
    assert_eq!(error.path(), Some("FIToFICstmrCdtTrf/CdtTrfTxInf/InstgAgt"));
}

#[test]
fn a_refusal_names_line_place_and_remedy() {
    let error = refusal_with("DE39", "DE40");
    assert_eq!(
        error.to_string(),
        "FIToFICstmrCdtTrf/CdtTrfTxInf/CdtrAcct/Id/IBAN (line 117): not an IBAN, or its check \
         digits are wrong; correct the IBAN"
    );
    assert_eq!(
        refusal_with("4b80", "1b80").to_string(),
        "FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR (line 56): not a version 4 UUID in lower case; \
         send one or leave it out"
    );
}
