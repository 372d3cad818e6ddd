//! The API over HTTP and a port that answers by hand; `node` tests it over a real store.

use actix_web::{
    App,
    test::{TestRequest, call_service, init_service, read_body_json},
};
use ed25519_zebra::SigningKey;
use ledger_core::{
    account::{CurrencyRecord, Totals},
    block::{Header, Results},
    digest::Hash32,
    id::{LegId, Lei},
    journal::LogName,
    merkle::LogHead,
    proof::{BlockProof, RecordProof},
    receipt::{HistoryLeaf, Receipt},
    record::{Name, Record},
    state::LogAppend,
};
use verifier::{
    Committee,
    testing::{TestNetwork, currency as code, lei},
};

use super::{
    port::{AuditFault, LegReceipts, Recounted, Tally},
    *,
};
use crate::{
    http_signature::{RequestParts, RequestSigner as _, sign, unix_now_s},
    ledger_port::{Certified, ProvedReceipt},
    nonce::{MemoryNonceStore, NonceLimits},
};

/// A ledger with one certified header, which proves the record of dollars and nothing else.
struct Fake {
    committee: Committee,
    certified: Option<Certified>,
    proof: RecordProof,
    broken: bool,
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
        Self { committee: network.committee(), certified, proof, broken }
    }
}

impl AuditLedger for Fake {
    fn committee(&self) -> &Committee {
        &self.committee
    }
    fn latest(&self) -> Result<Option<Certified>, AuditFault> {
        if self.broken {
            Err(AuditFault::inconsistent("a test"))
        } else {
            Ok(self.certified.clone())
        }
    }
    fn covering(&self, _: Height) -> Result<Option<Certified>, AuditFault> {
        self.latest()
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
        Ok(self.proof.record(&name.key()).map(|_| self.proof.clone()))
    }
    fn prove_block(&self, height: Height, _: &Header) -> Result<Option<BlockProof>, AuditFault> {
        let header = self.header(height)?.unwrap();
        let receipts = LogHead::EMPTY;
        let history =
            HistoryLeaf { height, digest: header.digest(), receipts, state_root: Hash32::ZERO };
        Ok(Some(BlockProof { history, history_path: Vec::new() }))
    }
    fn record(&self, _: &Name) -> Result<Option<Record>, AuditFault> {
        Ok(None)
    }
    fn rows(&self, _: &LogName, _: u64, _: usize) -> Result<Vec<LogAppend>, AuditFault> {
        Ok(Vec::new())
    }
    fn legs(&self, _: &Uetr) -> Result<Vec<LegId>, AuditFault> {
        Ok(Vec::new())
    }
    fn leg_receipts(&self, _: &LegId) -> Result<LegReceipts, AuditFault> {
        Ok(LegReceipts::default())
    }
    fn receipt(&self, _: &CommandId) -> Result<Option<ProvedReceipt>, AuditFault> {
        Ok(None)
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
    let uetr = "8a562c67-ca16-48ba-b074-65581be6f011";
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
        (ready, "/audit/v1/nothing", 7, 404, "not_found"),
    ];
    for (nonce, ((certified, broken), target, secret, status, expected)) in (0..).zip(rows) {
        let app = app(Fake::new(certified, broken));
        let service = init_service(App::new().app_data(app).configure(routes)).await;
        let response = call_service(&service, get(target, secret, nonce).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{target}");
        let body: serde_json::Value = read_body_json(response).await;
        assert_eq!(body["code"].as_str().unwrap_or_default(), expected, "{target}: {body}");
        if expected.is_empty() {
            assert_eq!(body["currency"], "USD", "{target}");
        }
    }
}

#[actix_web::test]
async fn only_health_needs_no_signature() {
    let service = init_service(App::new().app_data(app(Fake::new(true, false))).configure(routes));
    let service = service.await;
    for (path, status) in [("/healthz", 200), ("/audit/v1/report?currency=USD", 401)] {
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
