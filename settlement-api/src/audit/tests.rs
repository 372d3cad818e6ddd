//! The API over HTTP and a port that answers by hand; `node` tests it over a real store.

use actix_web::{
    App,
    test::{TestRequest, call_service, init_service, read_body, read_body_json},
};
use ed25519_zebra::SigningKey;
use ledger_core::{
    account::{CurrencyRecord, Totals},
    block::{Header, Results},
    digest::Hash32,
    id::{LegId, Lei},
    journal::{LogName, MovementKind},
    merkle::LogHead,
    proof::{BlockProof, RecordProof},
    receipt::{HistoryLeaf, Receipt},
    record::{Name, Record},
    state::LogAppend,
};
use verifier::{
    Committee, HistoryFile,
    limits::{MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS},
    payments::PaymentRole,
    testing::{TestChain, TestJournal, TestMember, TestNetwork, currency as code, lei},
    verify_history,
};

mod described;
mod members;

use super::{
    port::{AuditFault, LegReceipts, Recounted, Tally},
    *,
};
use crate::{
    http_signature::{RequestParts, RequestSigner as _, sign, unix_now_s},
    ledger_port::{Certified, ProvedReceipt},
    nonce::{MemoryNonceStore, NonceLimits},
    openapi::Surface,
};

/// A ledger with one certified header, which proves one record and nothing else: that of dollars,
/// or that of an account with its journal.
struct Fake {
    committee: Committee,
    certified: Option<Certified>,
    proof: RecordProof,
    broken: bool,
    journal: Option<TestJournal>,
    /// Whether blocks are kept from which salts come.
    blocks: bool,
    /// The receipt of the only payment.
    paid: Option<ProvedReceipt>,
    /// A member with its accounts and lists.
    member: Option<TestMember>,
    /// A history of blocks with the header that covers each.
    chain: Option<TestChain>,
}

impl Fake {
    fn new(certified: bool, broken: bool) -> Self {
        let network = TestNetwork::new(4);
        let dollars = CurrencyRecord {
            code: code("USD"),
            scale: 2,
            issuer: lei("ISSUER"),
            totals: Totals::default(),
            paid: 0,
            reserves: Vec::new(),
            journal: LogHead::EMPTY,
        };
        let name = Name::Currency(code("USD"));
        let (proof, header) = network.record_proof(&name, Record::Currency(dollars));
        let certificate = network.certify(&header);
        let certified = certified.then_some(Certified { header, certificate });
        let committee = network.committee();
        Self {
            committee,
            certified,
            proof,
            broken,
            journal: None,
            blocks: true,
            paid: None,
            member: None,
            chain: None,
        }
    }

    /// With an account, under a header that covers these many blocks.
    fn of(journal: TestJournal, covered: u64) -> Self {
        let network = TestNetwork::new(4);
        let (proof, mut header) = journal.record_proof(&network);
        header.results.height = Height::new(covered);
        let certificate = network.certify(&header);
        let certified = Some(Certified { header, certificate });
        Self { certified, proof, journal: Some(journal), ..Self::new(true, false) }
    }

    /// With a member, under a header that covers seven blocks.
    fn with_member(member: TestMember) -> Self {
        let header = member.state.header;
        let certificate = TestNetwork::new(4).certify(&header);
        let certified = Some(Certified { header, certificate });
        Self { certified, member: Some(member), ..Self::new(true, false) }
    }

    /// With a history of blocks, of which the latest header covers ten.
    fn with_chain() -> Self {
        let chain = TestChain::new(11);
        let certified = Some(Self::certified_at(&chain, 10));
        Self { certified, chain: Some(chain), ..Self::new(true, false) }
    }

    fn certified_at(chain: &TestChain, covered: u64) -> Certified {
        let network = TestNetwork::new(4);
        let header = chain.header(&network, covered);
        Certified { certificate: network.certify(&header), header }
    }

    /// Its account's history.
    fn history(&self, from: u64, to: u64) -> Result<String, AuditRefused> {
        let span = issuance::Span { from: Height::new(from), to: Some(Height::new(to)) };
        history::history_file(self, &self.journal.as_ref().unwrap().account.id, span)
    }
}

impl AuditLedger for Fake {
    fn committee(&self) -> &Committee {
        &self.committee
    }
    fn latest(&self) -> Result<Option<Certified>, AuditFault> {
        match (self.broken, &self.certified) {
            (false, certified) => Ok(certified.clone()),
            (true, Some(_)) => Err(AuditFault::inconsistent("a test")),
            (true, None) => Err(AuditFault::NotKept { from: Height::new(900) }),
        }
    }
    fn covering(&self, height: Height) -> Result<Option<Certified>, AuditFault> {
        match &self.chain {
            // Every second header is certified.
            Some(chain) => Ok(Some(Self::certified_at(chain, height.get().next_multiple_of(2)))),
            None => self.latest(),
        }
    }
    fn header(&self, height: Height) -> Result<Option<Header>, AuditFault> {
        let results = Results {
            height: Height::new(0),
            state_root: Hash32::ZERO,
            history_root: Hash32::ZERO,
        };
        Ok(Some(TestNetwork::new(4).header(height.get().max(1), results)))
    }
    fn prove(&self, name: &Name, _: &Header) -> Result<Option<RecordProof>, AuditFault> {
        if let Some(member) = &self.member {
            return Ok(member.state.prove(name));
        }
        Ok(self.proof.record(&name.key()).map(|_| self.proof.clone()))
    }
    fn prove_block(
        &self,
        height: Height,
        under: &Header,
    ) -> Result<Option<BlockProof>, AuditFault> {
        if let Some(chain) = &self.chain {
            return Ok(Some(chain.proof(height.get(), under.results.height.get())));
        }
        let header = self.header(height)?.unwrap();
        let receipts = LogHead::EMPTY;
        let history =
            HistoryLeaf { height, digest: header.digest(), receipts, state_root: Hash32::ZERO };
        Ok(Some(BlockProof { history, history_path: Vec::new() }))
    }
    fn record(&self, name: &Name) -> Result<Option<Record>, AuditFault> {
        if let Some(member) = &self.member {
            let proof = member.state.prove(name);
            return Ok(proof.and_then(|proof| proof.record(&name.key()).cloned()));
        }
        let account = self.journal.as_ref().map(|journal| &journal.account);
        let account = account.filter(|account| Name::Account(account.id) == *name);
        Ok(account.map(|account| Record::Account(account.clone())))
    }
    fn rows(&self, log: &LogName, from: u64, limit: usize) -> Result<Vec<LogAppend>, AuditFault> {
        let members = self.member.iter().flat_map(|member| &member.accounts);
        let rows = self.journal.iter().chain(members).flat_map(|journal| &journal.rows);
        let rows = rows.chain(self.member.iter().flat_map(|member| &member.rows));
        let rows = rows.filter(|row| row.log == *log && row.index >= from);
        Ok(rows.take(limit.min(4_096)).cloned().collect())
    }
    fn blinding(&self, height: Height) -> Result<Option<Hash32>, AuditFault> {
        Ok(self.blocks.then(|| TestJournal::blinding(height)))
    }
    fn legs(&self, uetr: &Uetr) -> Result<Vec<LegId>, AuditFault> {
        let cited = self.paid.iter().filter_map(|proved| proved.proof.receipt.leg);
        Ok(cited.filter(|leg| leg.uetr == *uetr).map(|leg| leg.id()).collect())
    }
    fn leg_receipts(&self, _: &LegId) -> Result<LegReceipts, AuditFault> {
        let proved = self.paid.iter().cloned().collect();
        Ok(LegReceipts { proved, unproven: 1, more: false })
    }
    fn receipt(&self, id: &CommandId) -> Result<Option<ProvedReceipt>, AuditFault> {
        let paid = self.paid.iter().find(|proved| proved.proof.receipt.command == *id);
        Ok(paid.cloned())
    }
    fn receipts_for(
        &self,
        _: &Lei,
        _: (Height, u32),
        _: Height,
    ) -> Result<Vec<Receipt>, AuditFault> {
        Ok(Vec::new())
    }
    fn tally(&self, _: Height) -> Result<Tally, AuditFault> {
        Ok(Tally::default())
    }
    fn recount(&self) -> Result<(Height, Vec<Recounted>), AuditFault> {
        Ok((Height::new(7), Vec::new()))
    }
}

fn app(fake: Fake) -> Data<AuditApp> {
    let auditor = SigningKey::from_bytes(&[7; 32]).public_key();
    let known = move |key: &[u8; 32]| *key == auditor;
    let nonces = MemoryNonceStore::new(NonceLimits::default());
    Data::new(AuditApp {
        ledger: Arc::new(fake),
        clients: BTreeMap::from([(PublicKey::new(auditor), "examiner".to_owned())]),
        authenticator: Authenticator::new(Arc::new(known), Arc::new(nonces)),
        counted: Arc::new(|route, status, _| assert!(status > 0 && !route.is_empty())),
    })
}

/// A signed GET.
fn get(target: &str, secret: u8, nonce: u8) -> TestRequest {
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    let parts = RequestParts {
        method: "GET",
        path,
        query,
        content_type: None,
        idempotency_key: None,
        body: b"",
    };
    let headers = sign(&parts, &SigningKey::from_bytes(&[secret; 32]), unix_now_s(), [nonce; 16]);
    let headers = headers.unwrap();
    TestRequest::get()
        .uri(target)
        .insert_header(("signature-input", headers.signature_input))
        .insert_header(("signature", headers.signature))
}

/// Every row: the ledger, what is asked with whose key, and the status and code of the answer.
#[actix_web::test]
async fn what_is_not_answered_says_why() {
    let (ready, early, broken) = ((true, false), (false, false), (true, true));
    let pruned = (false, true);
    let uetr = "8a562c67-ca16-48ba-b074-65581be6f011";
    let history = |query| format!("/audit/v1/accounts/{}/history{query}", "aa".repeat(32));
    let of_member = |query: &str| format!("/audit/v1/members/{}/{query}", lei("PAYER").text());
    let rows = [
        (ready, "/audit/v1/supply?currency=USD", 7, 200, ""),
        (ready, "/audit/v1/supply?currency=USD&at=3", 7, 200, ""),
        (ready, "/audit/v1/supply?currency=USD", 8, 401, "key_unknown"),
        (ready, "/audit/v1/supply?currency=USD&at=8", 7, 409, "height_not_proven"),
        (ready, "/audit/v1/supply?currency=EUR", 7, 422, "currency_unknown"),
        (ready, "/audit/v1/supply?currency=dollar", 7, 422, "currency_unknown"),
        (ready, "/audit/v1/supply", 7, 400, "request_malformed"),
        (ready, "/audit/v1/supply?currency=USD&at=-1", 7, 400, "request_malformed"),
        (ready, "/audit/v1/supply?currency=USD&height=1", 7, 400, "request_malformed"),
        (ready, "/audit/v1/supply?currency=JPY", 7, 503, "not_proven"),
        (early, "/audit/v1/supply?currency=USD", 7, 503, "not_proven"),
        (broken, "/audit/v1/supply?currency=USD", 7, 500, "internal_error"),
        (pruned, "/audit/v1/report?currency=USD", 7, 410, "not_kept"),
        (ready, "/audit/v1/reserves?currency=USD&at=8", 7, 409, "height_not_proven"),
        (ready, &format!("/audit/v1/cases/{uetr}"), 7, 404, "not_found"),
        (
            ready,
            "/audit/v1/cases/8A562C67-ca16-48ba-b074-65581be6f011",
            7,
            400,
            "request_malformed",
        ),
        (ready, "/audit/v1/cases/8a562c67ca1648bab07465581be6f011", 7, 400, "request_malformed"),
        (ready, &format!("/audit/v1/receipts/{}", "0".repeat(64)), 7, 404, "not_found"),
        (ready, "/audit/v1/receipts/0", 7, 400, "request_malformed"),
        (ready, "/audit/v1/mints?currency=USD", 7, 200, ""),
        (ready, "/audit/v1/mints?currency=USD&from=1&to=8", 7, 409, "height_not_proven"),
        (ready, "/audit/v1/redemptions?currency=USD&from=x", 7, 400, "request_malformed"),
        (ready, &history(""), 7, 404, "not_found"),
        (ready, &history("?from=7&to=7"), 7, 404, "not_found"),
        (ready, &history("?to=8"), 7, 409, "height_not_proven"),
        (ready, &history("?from=8"), 7, 409, "height_not_proven"),
        (ready, &history("?from=5&to=4"), 7, 400, "request_malformed"),
        (ready, &history("?from=x"), 7, 400, "request_malformed"),
        (ready, &history("?at=5"), 7, 400, "request_malformed"),
        (ready, &history(""), 8, 401, "key_unknown"),
        (early, &history(""), 7, 503, "not_proven"),
        (broken, &history(""), 7, 500, "internal_error"),
        (ready, "/audit/v1/accounts/0/history", 7, 400, "request_malformed"),
        (ready, &of_member("payments?role=bank"), 7, 400, "request_malformed"),
        (ready, &of_member("payments?currency=EUR"), 7, 422, "currency_unknown"),
        (ready, &of_member("payments?from=5&to=4"), 7, 400, "request_malformed"),
        (ready, &of_member("payments?to=8"), 7, 409, "height_not_proven"),
        (ready, &of_member("payments"), 7, 404, "not_found"),
        (ready, &of_member("payments"), 8, 401, "key_unknown"),
        (early, &of_member("payments"), 7, 503, "not_proven"),
        (ready, &of_member("accounts"), 7, 404, "not_found"),
        (ready, &of_member("accounts?from=x"), 7, 400, "request_malformed"),
        (ready, &of_member("customers"), 7, 404, "not_found"),
        (broken, &of_member("customers"), 7, 500, "internal_error"),
        (ready, "/audit/v1/members/PAYER/accounts", 7, 400, "request_malformed"),
        (ready, "/audit/v1/consistency", 7, 400, "request_malformed"),
        (ready, "/audit/v1/consistency?from=0", 7, 400, "request_malformed"),
        (ready, "/audit/v1/consistency?from=8", 7, 409, "height_not_proven"),
        (early, "/audit/v1/consistency?from=1", 7, 503, "not_proven"),
        (ready, "/audit/v1/nothing", 7, 404, "not_found"),
    ];
    let document = Surface::Audit.read();
    for (nonce, ((certified, broken), target, secret, status, expected)) in (0..).zip(rows) {
        let app = app(Fake::new(certified, broken));
        let service = init_service(App::new().app_data(app).configure(routes)).await;
        let response = call_service(&service, get(target, secret, nonce).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{target}");
        let body: serde_json::Value = read_body_json(response).await;
        assert_eq!(body["code"].as_str().unwrap_or_default(), expected, "{target}: {body}");
        described::holds(&document, target, status, &body);
        if expected.is_empty() {
            assert_eq!(body["currency"], "USD", "{target}");
        }
    }
}

#[actix_web::test]
async fn only_health_and_description_need_no_signature() {
    let service = init_service(App::new().app_data(app(Fake::new(true, false))).configure(routes));
    let service = service.await;
    let rows = [
        ("/healthz", 200),
        ("/openapi.json", 200),
        ("/docs", 200),
        ("/docs/start.js", 200),
        ("/docs/start", 404),
        ("/audit/v1/report?currency=USD", 401),
    ];
    for (path, status) in rows {
        let response = call_service(&service, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
}

#[test]
fn an_empty_journal_is_no_supply_and_the_proof_says_so() {
    let fake = Fake::new(true, false);
    let report = supply::supply(&fake, code("USD"), None).unwrap();
    assert_eq!((report.height, report.classes.supply.as_str()), (7, "0.00"));
    assert_eq!(report.changed_at, None);
    let journal = report.proof.journal.unwrap();
    assert!(journal.count == 0 && journal.entry.is_none() && journal.next.is_none());
    assert!(report.i1_holds);
}

#[test]
fn w21_every_history_is_the_file_that_verifies_offline() {
    let network = TestNetwork::new(4);
    let empty = TestJournal::new(&network.account(), &[]);
    for journal in [TestJournal::sample(&network), empty] {
        let fake = Fake::of(journal.clone(), 7);
        let Certified { header, certificate } = fake.certified.clone().unwrap();
        for from in 0..=7 {
            for to in from..=7 {
                let file = fake.history(from, to).unwrap();
                let proof = journal.proof(from, to);
                let genesis = &network.genesis;
                let same = HistoryFile::build(&fake.proof, &proof, &header, &certificate, genesis);
                assert_eq!(Ok(&file), same.as_ref(), "{from} to {to}");
            }
        }
        let whole = fake.history(0, 7).unwrap();
        let verdict = verify_history(whole.as_bytes(), &fake.committee).unwrap();
        assert_eq!(verdict.history.blocks, journal.rows.len());
    }
}

#[actix_web::test]
async fn w21_a_history_is_answered_byte_for_byte() {
    let journal = TestJournal::sample(&TestNetwork::new(4));
    let expected = Fake::of(journal.clone(), 7).history(3, 5).unwrap();
    let whole = Fake::of(journal.clone(), 7).history(0, 7).unwrap();
    let service = App::new().app_data(app(Fake::of(journal, 7))).configure(routes);
    let service = init_service(service).await;
    let path = format!("/audit/v1/accounts/{}/history", "aa".repeat(32));
    for (nonce, (query, expected)) in (0..).zip([("?from=3&to=5", expected), ("", whole)]) {
        let request = get(&format!("{path}{query}"), 7, nonce).to_request();
        let response = call_service(&service, request).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
        assert_eq!(read_body(response).await, expected.as_bytes(), "{query}");
    }
}

#[test]
fn w21_a_history_longer_than_a_file_is_refused_with_the_limit() {
    let account = TestNetwork::new(4).account();
    let moved = |count| vec![TestJournal::movement(1, MovementKind::Received, 1); count];
    let most = MAX_HISTORY_BLOCKS as u64;
    let long: Vec<_> = (1..=most + 1).map(|height| (height, moved(1))).collect();
    let fake = Fake::of(TestJournal::new(&account, &long), most + 1);
    assert!(fake.history(2, most + 1).is_ok() && fake.history(1, most).is_ok());
    let busy = |count| {
        let blocks = [(1, moved(count / 2)), (2, moved(count - count / 2)), (3, moved(1))];
        let journal = TestJournal::new(&account, &blocks);
        Fake::of(journal, 7).history(0, 7)
    };
    let rows = [
        (fake.history(1, most + 1), "at most 10000 blocks"),
        (busy(MAX_HISTORY_MOVEMENTS), "at most 100000 movements"),
        (busy(MAX_HISTORY_MOVEMENTS - 1), "at most 16777216 bytes"),
    ];
    for (answered, limit) in rows {
        let refused = answered.unwrap_err();
        assert_eq!(refused.code(), "history_too_long");
        let text = refused.to_string();
        assert!(text.contains(limit) && text.contains("shorter span"), "{text}");
        assert_eq!(refused.problem().status().as_u16(), 422);
    }
}

/// What is stored and contradicts the record is a fault, never a file.
#[test]
fn w21_a_journal_that_is_not_the_committed_one_is_not_shown() {
    let good = TestJournal::sample(&TestNetwork::new(4));
    let mut others = vec![good.clone(); 5];
    others[0].rows.pop();
    others[1].rows.remove(2);
    others[2].rows[3].detail.pop();
    others[3].rows[3].detail[1] ^= 1;
    others[4].rows[0].salt = Hash32::ZERO;
    let mut fakes: Vec<_> = others.into_iter().map(|other| Fake::of(other, 7)).collect();
    fakes.push(Fake { blocks: false, ..Fake::of(good.clone(), 7) });
    for (at, fake) in fakes.iter().enumerate() {
        assert_eq!(fake.history(4, 6).unwrap_err().code(), "internal_error", "{at}");
    }
    assert!(Fake::of(good, 7).history(4, 6).is_ok());
}
