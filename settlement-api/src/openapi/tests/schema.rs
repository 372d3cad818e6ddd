//! JSON against the schemas of a document: the part of JSON Schema that these documents use, and a
//! test that they use no other.

use std::collections::BTreeSet;

use regex_lite::Regex;
use serde_json::{Map, Value};

/// Keywords that are checked, then those that say nothing about validity.
const KNOWN: [&str; 20] = [
    "$ref",
    "allOf",
    "oneOf",
    "enum",
    "type",
    "pattern",
    "maxLength",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minimum",
    "description",
    "examples",
    "example",
    "title",
    "format",
    "contentMediaType",
    "propertyNames",
    "maximum",
];

/// What is wrong with a value by a schema; nothing when it is valid and has no other members than
/// the schema names.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { document, found: Vec::new() };
    check.value(schema, value, "", true);
    check.found
}

struct Check<'a> {
    document: &'a Value,
    found: Vec<String>,
}

impl<'a> Check<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(to) => self.document.pointer(to.strip_prefix('#').unwrap()).unwrap(),
            None => schema,
        }
    }

    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{at}: {what}"));
    }

    /// `closed`: members that the schema does not name are faults.
    fn value(&mut self, schema: &'a Value, value: &Value, at: &str, closed: bool) {
        // A proof has members beyond those that are described.
        let closed = closed && schema["$ref"] != "#/components/schemas/ProofFile";
        let schema = self.resolve(schema);
        for keyword in schema.as_object().unwrap().keys() {
            assert!(KNOWN.contains(&keyword.as_str()), "{at}: {keyword} is not checked");
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(part, value, at, false);
        }
        if let Some(ways) = schema["oneOf"].as_array() {
            let tried = ways.iter().map(|way| {
                let mut check = Check { document: self.document, found: Vec::new() };
                check.value(way, value, at, closed);
                check.found
            });
            let tried: Vec<_> = tried.collect();
            if tried.iter().filter(|found| found.is_empty()).count() != 1 {
                self.fault(at, format!("not one of {tried:?}"));
            }
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            self.fault(at, format!("{value} is not among {words:?}"));
        }
        self.kind(schema, value, at);
        match value {
            Value::Object(members) => self.members(schema, members, at, closed),
            Value::Array(list) if schema["items"].is_object() => {
                for (number, one) in list.iter().enumerate() {
                    self.value(&schema["items"], one, &format!("{at}/{number}"), closed);
                }
            }
            Value::String(text) => {
                let pattern = schema["pattern"].as_str().map(|one| Regex::new(one).unwrap());
                if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
                    self.fault(at, format!("{text:?} is not {}", schema["pattern"]));
                }
                let longest = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
                if text.chars().count() as u64 > longest {
                    self.fault(at, format!("{text:?} is longer than {longest}"));
                }
            }
            Value::Number(number) => {
                let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
                let number = number.as_f64().unwrap();
                if least.is_some_and(|least| number < least)
                    || most.is_some_and(|most| number > most)
                {
                    self.fault(at, format!("{number} is out of range"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Array(_) => {}
        }
    }

    fn kind(&mut self, schema: &Value, value: &Value, at: &str) {
        let kinds: Vec<_> = match &schema["type"] {
            Value::String(kind) => vec![kind.as_str()],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let is = |kind: &&str| match *kind {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{at}: {other} is not checked"),
        };
        if !kinds.iter().any(is) {
            self.fault(at, format!("{value} is not {kinds:?}"));
        }
    }

    fn members(&mut self, schema: &'a Value, members: &Map<String, Value>, at: &str, closed: bool) {
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.fault(at, format!("{name} is missing"));
            }
        }
        let mut named = BTreeSet::new();
        self.names(schema, &mut named);
        // An object without any described member may have all.
        let open = named.is_empty() || !closed;
        for (name, value) in members {
            let at = format!("{at}/{name}");
            if let Some(schema) = schema["properties"].get(name) {
                self.value(schema, value, &at, true);
            } else if schema["additionalProperties"].is_object() {
                self.value(&schema["additionalProperties"], value, &at, true);
            } else if !open && !named.contains(name.as_str()) {
                self.fault(&at, "not described");
            }
        }
    }

    /// Members that a schema names, those of its parts among them.
    fn names(&self, schema: &'a Value, names: &mut BTreeSet<&'a str>) {
        let schema = self.resolve(schema);
        names.extend(
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| &**name),
        );
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.names(part, names);
        }
    }
}

/// The check itself: every row a schema, a value, and how many faults it has.
#[test]
fn what_is_not_as_its_schema_says_is_found() {
    use serde_json::json;
    let document = json!({"components": {"schemas": {
        "Id": {"type": "string", "pattern": "^[0-9a-f]{4}$"},
        "Part": {"type": "object", "required": ["id"],
            "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
        "Whole": {"allOf": [{"$ref": "#/components/schemas/Part"},
            {"type": "object", "required": ["n"], "properties": {
                "n": {"type": "integer", "minimum": 0},
                "list": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Part"}},
                "word": {"oneOf": [{"type": "null"}, {"enum": ["a", "b"]}]},
                "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            }}]},
    }}});
    let whole = json!({"$ref": "#/components/schemas/Whole"});
    let rows = [
        (json!({"id": "00ff", "n": 1}), 0),
        (json!({"id": "00ff", "n": 0, "list": null, "word": null, "counts": {"x": 1}}), 0),
        (json!({"id": "00ff", "n": 0, "list": [{"id": "abcd"}], "word": "a"}), 0),
        (json!({"id": "00FF", "n": 1}), 1),
        (json!({"n": 1}), 1),
        (json!({"id": "00ff", "n": -1}), 1),
        (json!({"id": "00ff", "n": 1.5}), 1),
        (json!({"id": "00ff", "n": "1"}), 1),
        (json!({"id": "00ff", "n": 1, "more": 1}), 1),
        (json!({"id": "00ff", "n": 1, "list": [{"id": "abcd", "n": 1}]}), 1),
        (json!({"id": "00ff", "n": 1, "list": [{}]}), 1),
        (json!({"id": "00ff", "n": 1, "list": {}}), 1),
        (json!({"id": "00ff", "n": 1, "word": "c"}), 1),
        (json!({"id": "00ff", "n": 1, "counts": {"x": "1"}}), 1),
    ];
    for (value, count) in rows {
        let found = faults(&document, &whole, &value);
        assert_eq!(found.len(), count, "{value}: {found:?}");
    }
}
