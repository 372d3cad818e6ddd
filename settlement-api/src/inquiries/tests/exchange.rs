//! Evidence and anchors: what one bank shows of a case, and anybody checks offline.

use std::sync::Arc;

use interbank::evidence::{EvidenceError, verify_case};
use serde_json::json;

use super::support::{A, B, C, Net, client_key, question, reply};
use crate::{anchors, client::ClientRequest};

#[actix_web::test]
async fn b10_p4_both_banks_show_a_case_that_verifies_offline_under_their_anchors() {
    let net = Net::new().await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    net.settle().await;
    net.done((B, "maker"), &format!("/v1/cases/{case}/close"), &json!({})).await;
    net.settle().await;
    let committee = net.network.committee();
    let fetch = async |bank: usize, query: &str| {
        let request = ClientRequest::get(format!("/v1/cases/{case}/evidence{query}"));
        let answer = net.ask(bank, client_key(bank, "officer"), request).await;
        assert_eq!(answer.status, 200);
        answer.body
    };
    // Before the interval's end there are no anchors, and all else is proved.
    let early = verify_case(&fetch(A, "").await, &committee).unwrap();
    assert_eq!((early.anchored.len(), early.withheld), (0, 0));
    for bank in [A, B] {
        let gateway = net.gateway(bank);
        let follow = tokio::spawn(Arc::clone(&gateway.view).follow());
        anchors::once(gateway).await.unwrap();
        follow.abort();
    }
    for bank in [A, B] {
        let pack = fetch(bank, "").await;
        let verdict = verify_case(&pack, &committee).unwrap();
        assert_eq!(verdict.case.id.to_string(), case);
        assert_eq!(verdict.case.stage().name(), "closed");
        assert_eq!((verdict.anchored.len(), verdict.withheld), (4, 0), "{bank}");
        assert!(pack.windows(17).any(|part| part == b"florin-receipt-1\\"));
        // One byte of it changed proves nothing.
        for at in (0..pack.len()).step_by(pack.len() / 41) {
            let mut changed = pack.to_vec();
            changed[at] ^= 1;
            assert!(verify_case(&changed, &committee).is_err(), "byte {at}");
        }
        // What is said may stay inside, and the rest is proved all the same.
        let told = hex::encode("Orchard Tools Ltd");
        let tells = |pack: &[u8]| pack.windows(told.len()).any(|part| part == told.as_bytes());
        assert!(tells(&pack));
        let withheld = fetch(bank, "?withhold=content").await;
        assert!(!tells(&withheld));
        assert_eq!(verify_case(&withheld, &committee).unwrap().withheld, 4);
        let documents = fetch(bank, "?withhold=documents").await;
        assert_eq!(verify_case(&documents, &committee).unwrap().withheld, 0);
    }
    let other = verifier::testing::TestNetwork::new(7).committee();
    let foreign = verify_case(&fetch(A, "").await, &other);
    assert!(matches!(foreign, Err(EvidenceError::NotCanonical | EvidenceError::Proof(_))));
    let (status, _) = net.get((C, "officer"), &format!("/v1/cases/{case}/evidence")).await;
    assert_eq!(status, 404);
    let (status, _) =
        net.get((A, "officer"), &format!("/v1/cases/{case}/evidence?withhold=x")).await;
    assert_eq!(status, 400);
    net.end().await;
}
