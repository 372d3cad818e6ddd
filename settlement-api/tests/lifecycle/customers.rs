//! Customers change as their compliance desk saw them.

use std::time::Duration;

use serde_json::json;

use crate::{
    Story,
    bank::{By, JSON},
};

const LONG: Duration = Duration::from_secs(20);
const PATH: &str = "/v1/customers";

#[actix_web::test]
async fn g3_a_customer_changes_only_for_whom_it_is_as_it_was_seen() {
    let story = Story::begin(LONG).await;
    let a = &story.a;
    let listed = a.get(By::Compliance, PATH, JSON).await.json();
    let path = format!("{PATH}/{}", listed[0]["party"].as_str().unwrap());
    let seen = a.get(By::Compliance, &path, JSON).await;
    assert_eq!((seen.status, &seen.json()), (200, &listed[0]));
    let first = seen.etag.unwrap();
    let same = a.get_with(By::Compliance, &path, ("if-none-match", &first)).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    let level = |level: &str| json!({"name": "Orchard Tools", "account": "1001", "level": level, "valid_days": 30});
    let to = |level_now: &str, tag: &str| {
        let body = level(level_now);
        let tag = tag.to_owned();
        async move { a.post_with(By::Compliance, PATH, &body, ("if-match", &tag)).await }
    };
    // Whoever saw it as it is may change it, once.
    let changed = to("basic", &first).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let late = to("enhanced", &first).await;
    assert_eq!(late.code(412), "precondition_failed");
    let now = a.get_with(By::Compliance, &path, ("if-none-match", &first)).await;
    assert_eq!((now.status, &now.json()["level"]), (200, &json!("basic")));
    let second = now.etag.unwrap();
    assert_ne!(first, second);
    // A weak tag is for readers; one of several may be the right one; `*` is any state.
    assert_eq!(to("full", &format!("W/{second}")).await.code(412), "precondition_failed");
    let one_of = to("full", &format!("{first}, {second}")).await;
    assert_eq!(one_of.status, 200, "{}", one_of.text);
    assert_eq!(to("basic", "*").await.status, 200);
    // A customer that is not there was seen by nobody, and none is made.
    let nobody = json!({"name": "New", "account": "7", "level": "full", "valid_days": 30});
    let refused = a.post_with(By::Compliance, PATH, &nobody, ("if-match", "*")).await;
    assert_eq!(refused.code(412), "precondition_failed");
    assert_eq!(a.get(By::Compliance, PATH, JSON).await.json().as_array().unwrap().len(), 1);
    // Without a condition the last word counts.
    let last = a.post(By::Compliance, PATH, &level("full")).await;
    assert_eq!(last.status, 200, "{}", last.text);
    assert_eq!(a.get(By::Compliance, &path, JSON).await.json()["level"], "full");
    // Who may not see customers learns nothing by a tag.
    let desk = a.get_with(By::Desk, &path, ("if-none-match", "*")).await;
    assert_eq!(desk.code(403), "role_missing");
}
