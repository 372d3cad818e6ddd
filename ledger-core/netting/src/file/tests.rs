//! What a file may say, what is refused and where, and how the answer is spelled.

use serde_json::{Value, json};

use super::*;
use crate::limits::{MAX_ENTRIES, MAX_NAME};

fn answer(file: &Value) -> Answer {
    let text = file.to_string();
    Case::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).solve()
}

fn refusal(text: &str) -> String {
    match Case::parse(text.as_bytes()) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    }
}

/// A good file with something changed.
fn changed(change: impl Fn(&mut Value)) -> String {
    let mut file = json!({
        "balances": {"A": "3.00"},
        "queue": [
            {"id": "1", "from": "A", "to": "B", "amount": "5.00", "priority": 0},
            {"id": "2", "from": "B", "to": "A", "amount": "4.00"}
        ],
        "limits": [{"from": "A", "to": "B", "amount": "9.00"}],
        "bypass": ["A"]
    });
    change(&mut file);
    file.to_string()
}

type Row = (fn(&mut Value), &'static str);

/// Every row: what is changed, what the refusal says.
const REFUSED: &[Row] = &[
    (|f| f["queue"][1]["amount"] = json!("-4.00"), "entry \"2\": \"-4.00\" is negative"),
    (|f| f["queue"][1]["amount"] = json!("4,00"), "entry \"2\": \"4,00\" is no decimal number"),
    (|f| f["queue"][1]["amount"] = json!("1e3"), "entry \"2\": \"1e3\" is no decimal number"),
    (|f| f["queue"][1]["amount"] = json!(""), "entry \"2\": \"\" is no decimal number"),
    (|f| f["queue"][1]["amount"] = json!("1.000000001"), "entry \"2\": \"1.000000001\" has more"),
    (|f| f["queue"][1]["amount"] = json!("1000000000000000000"), "18 digits before the point"),
    (|f| f["queue"][1]["amount"] = json!("0.00"), "entry \"2\": pays nothing"),
    (|f| f["queue"][1]["amount"] = json!(4.0), "entry number 2 of the queue: invalid type"),
    (|f| f["queue"][1]["amount"] = Value::Null, "entry number 2 of the queue: invalid type"),
    (|f| f["queue"][1]["id"] = json!("1"), "entry \"1\": is given twice"),
    (|f| f["queue"][1]["id"] = json!(""), "entry \"\": \"\" is no name"),
    (|f| f["queue"][1]["id"] = json!(2), "entry number 2 of the queue: invalid type"),
    (|f| f["queue"][1]["id"] = json!("a\u{1b}[2J"), "is no name"),
    (|f| f["queue"][1]["to"] = json!("B"), "entry \"2\": `from` and `to` are the same"),
    (|f| f["queue"][1]["from"] = json!(""), "entry \"2\": \"\" is no name"),
    (|f| f["queue"][1]["priority"] = json!(-1), "entry number 2 of the queue: invalid value"),
    (|f| f["queue"][1]["priority"] = json!(1.5), "entry number 2 of the queue: invalid type"),
    (|f| f["queue"][1]["prio"] = json!(1), "entry number 2 of the queue: unknown field `prio`"),
    (|f| f["queue"][1]["currency"] = json!("usd"), "three uppercase letters"),
    (|f| f["queue"][1]["currency"] = json!("USD"), "the balance of \"A\": names no currency"),
    (|f| f["queue"][1]["eligible"] = json!(false), "entry \"2\": `\"eligible\": false` needs"),
    (|f| f["queue"][1]["reason"] = json!("expired"), "entry \"2\": `\"eligible\": false` needs"),
    (
        |f| {
            f["queue"][1]["eligible"] = json!(false);
            f["queue"][1]["reason"] = json!("a feeling");
        },
        "entry \"2\": `\"eligible\": false` needs",
    ),
    (|f| f["queue"] = json!({}), "expected a list of entries"),
    (|f| f["queue"][1] = json!("2"), "entry number 2 of the queue: invalid type"),
    (|f| f["balances"] = json!([]), "expected an object"),
    (|f| f["balances"]["A"] = json!(3), "expected a balance"),
    (|f| f["balances"]["A"] = json!("-3.00"), "the balance of \"A\": \"-3.00\" is negative"),
    (|f| f["balances"]["A"] = json!({"usd": "3"}), "three uppercase letters"),
    (|f| f["balances"]["A"] = json!({"USD": "3"}), "entry \"1\": names no currency"),
    (|f| f["balances"][""] = json!("3.00"), "the balance of \"\": \"\" is no name"),
    (|f| f["limits"][0]["amount"] = json!("-1"), "the limit of \"A\" towards \"B\": \"-1\" is neg"),
    (|f| f["limits"][0]["to"] = json!("A"), "towards \"A\": `from` and `to` are the same"),
    (
        |f| f["limits"][1] = f["limits"][0].clone(),
        "the limit of \"A\" towards \"B\": is given twice",
    ),
    (|f| f["limits"][0]["net"] = json!(true), "unknown field `net`"),
    (|f| f["bypass"] = json!(["A", "A"]), "bypass: is given twice"),
    (|f| f["bypass"] = json!([""]), "bypass: \"\" is no name"),
    (|f| f["currency"] = json!("dollars"), "three uppercase letters"),
    (|f| f["memo"] = json!(""), "unknown field `memo`"),
    (|f| drop(f.as_object_mut().unwrap().remove("queue")), "missing field `queue`"),
    (|f| drop(f.as_object_mut().unwrap().remove("balances")), "missing field `balances`"),
];

#[test]
fn n7_every_refusal_says_what_and_where() {
    assert!(Case::parse(changed(|_| {}).as_bytes()).is_ok());
    for (change, expected) in REFUSED {
        let text = changed(|file| {
            // A second limit needs a place to stand in.
            file["limits"].as_array_mut().unwrap().push(Value::Null);
            change(file);
            file["limits"].as_array_mut().unwrap().retain(|limit| !limit.is_null());
        });
        let said = refusal(&text);
        assert!(said.contains(expected), "{said:?} does not say {expected:?}");
    }
}

#[test]
fn n7_what_is_no_json_is_refused() {
    for text in ["", "{", "[]", "null", "{}x", "{\"queue\": [], \"balances\": {}} {}", "\u{feff}{}"]
    {
        assert!(refusal(text).starts_with("no netting problem: "), "{text:?}");
    }
    assert!(Case::parse(&[0xff, 0xfe]).is_err());
}

#[test]
fn n7_nothing_is_given_twice_unseen() {
    let rows = [
        r#"{"queue": [], "queue": [], "balances": {}}"#,
        r#"{"queue": [], "balances": {"A": "1", "A": "2"}}"#,
        r#"{"queue": [], "balances": {"A": {"USD": "1", "USD": "2"}}}"#,
        r#"{"balances": {}, "queue": [{"id": "1", "id": "2", "from": "A", "to": "B",
            "amount": "1"}]}"#,
    ];
    for text in rows {
        let said = refusal(text);
        assert!(said.contains("given twice") || said.contains("duplicate field"), "{said}");
    }
}

#[test]
fn n6_n7_a_file_has_no_more_than_the_largest_number_of_entries() {
    let entry =
        |number: usize| json!({"id": number.to_string(), "from": "A", "to": "B", "amount": "1"});
    let file = |count: usize| {
        let queue: Vec<Value> = (0..count).map(entry).collect();
        json!({"balances": {"A": "5"}, "queue": queue}).to_string()
    };
    let most = Case::parse(file(MAX_ENTRIES).as_bytes()).unwrap().solve();
    assert_eq!(most.settled, ["0", "1", "2", "3", "4"]);
    let said = refusal(&file(MAX_ENTRIES + 1));
    assert!(
        said.starts_with("no netting problem: the queue has more than 100000 entries"),
        "{said}"
    );
}

#[test]
fn n7_a_name_has_a_longest_length() {
    let named = |length: usize| changed(|f| f["queue"][0]["id"] = json!("n".repeat(length)));
    assert!(Case::parse(named(MAX_NAME).as_bytes()).is_ok());
    let said = refusal(&named(MAX_NAME + 1));
    assert!(said.contains("is no name") && said.len() < 4 * MAX_NAME, "{said}");
}

#[test]
fn n7_all_amounts_of_a_currency_have_the_decimals_of_the_most_precise() {
    let answer = answer(&json!({
        "balances": {"A": "3"},
        "queue": [{"id": "1", "from": "A", "to": "B", "amount": "1.500"}],
        "limits": [{"from": "A", "to": "B", "amount": "2.0"}]
    }));
    assert_eq!(json!(answer.balances), json!({"A": "1.500", "B": "1.500"}));
    assert_eq!(json!(answer.gross), json!("1.500"));
}

#[test]
fn n7_the_largest_and_the_smallest_amounts_are_exact() {
    let (large, small) = ("999999999999999999", "0.00000001");
    let answer = answer(&json!({
        "balances": {"A": large, "B": small},
        "queue": [
            {"id": "1", "from": "A", "to": "B", "amount": large},
            {"id": "2", "from": "B", "to": "C", "amount": small},
            {"id": "3", "from": "C", "to": "B", "amount": small}
        ]
    }));
    assert_eq!(answer.settled, ["1", "2", "3"]);
    let expected = json!({
        "A": "0.00000000", "B": "999999999999999999.00000001", "C": "0.00000000"
    });
    assert_eq!(json!(answer.balances), expected);
}

#[test]
fn n7_an_amount_that_names_no_currency_is_in_the_files() {
    let answer = answer(&json!({
        "currency": "USD",
        "balances": {"A": "3.00", "B": {"USD": "1.00"}, "C": {"EUR": "2.0"}, "D": {}},
        "queue": [
            {"id": "1", "from": "A", "to": "B", "amount": "1.00"},
            {"id": "2", "from": "C", "to": "E", "amount": "0.5", "currency": "EUR"},
            {"id": "3", "from": "A", "to": "F", "amount": "1.00", "currency": "USD"}
        ]
    }));
    let expected = json!({
        "A": "1.00", "B": {"USD": "2.00"}, "C": {"EUR": "1.5"}, "D": {}, "E": {"EUR": "0.5"},
        "F": "1.00"
    });
    assert_eq!(json!(answer.balances), expected);
    assert_eq!(json!(answer.gross), json!({"EUR": "0.5", "USD": "2.00"}));
    assert_eq!(json!(answer.stages[0].count), json!({"EUR": 1, "USD": 2}));
}

#[test]
fn n7_a_file_whose_only_currency_is_its_own_need_not_name_it_in_the_answer() {
    let named = answer(&json!({
        "currency": "USD",
        "balances": {"A": "3.00"},
        "queue": [{"id": "1", "from": "A", "to": "B", "amount": "1.00", "currency": "USD"}]
    }));
    assert_eq!(json!(named.balances), json!({"A": "2.00", "B": "1.00"}));
    assert_eq!(json!(named.net), json!("1.00"));
    let empty = answer(&json!({"balances": {}, "queue": []}));
    let expected = (json!("0"), Value::Null);
    assert_eq!((json!(empty.gross), json!(empty.ratio)), expected);
}

#[test]
fn n1_each_listed_reason_lets_others_pass() {
    for reason in Reason::ALL {
        let answer = answer(&json!({
            "balances": {"A": "1"},
            "queue": [
                {"id": "1", "from": "A", "to": "B", "amount": "9",
                 "eligible": false, "reason": reason.code()},
                {"id": "2", "from": "A", "to": "B", "amount": "1", "eligible": true}
            ]
        }));
        assert_eq!((answer.settled, answer.remaining), (vec!["2".into()], vec!["1".into()]));
    }
}

#[test]
fn n5_the_ratio_is_rounded_up() {
    let ratio = |gross: &str| {
        let answer = answer(&json!({
            "balances": {"A": "0.01"},
            "queue": [
                {"id": "1", "from": "A", "to": "B", "amount": gross},
                {"id": "2", "from": "B", "to": "A", "amount": "0.01"}
            ]
        }));
        json!(answer.ratio)
    };
    assert_eq!(ratio("0.02"), json!("0.3334"));
    assert_eq!(ratio("0.01"), json!("0.0000"), "everything comes back");
    assert_eq!(ratio("0.03"), Value::Null, "nothing settles");
}

#[test]
fn n7_people_get_two_tables() {
    let text = answer(&json!({
        "balances": {"A": "1.00"},
        "queue": [
            {"id": "1", "from": "A", "to": "B", "amount": "5.00"},
            {"id": "2", "from": "B", "to": "A", "amount": "4.50"},
            {"id": "3", "from": "B", "to": "Carla", "amount": "9.00"}
        ]
    }))
    .to_text();
    let expected = "\
2 of 3 settle: 1 2
remaining: 3

stage         count  value
gross         0      0.00
bilateral     2      9.50
multilateral  0      0.00
bypass        0      0.00

gross settled   9.50
liquidity used  0.50
ratio           0.0527

member  closing
A       0.50
B       0.50
Carla   0.00
";
    assert_eq!(text, expected);
}

#[test]
fn n7_people_see_every_currency_by_name() {
    let text = answer(&json!({
        "balances": {"A": {"USD": "1.00", "JPY": "7"}, "B": {}},
        "queue": [{"id": "1", "from": "A", "to": "B", "amount": "1.00", "currency": "USD"}]
    }))
    .to_text();
    assert!(text.contains("gross         JPY 0, USD 1  JPY 0, USD 1.00\n"), "{text}");
    assert!(text.contains("ratio           JPY -, USD 1.0000\n"), "{text}");
    assert!(text.contains("A       JPY 7, USD 0.00\nB       USD 1.00\n"), "{text}");
}
