use super::*;
use crate::ast::{Binary, ExpressionKind as E, Member, Statement};
use crate::lexer;

fn parsed(text: &str) -> (Vec<Definition>, Findings) {
    let mut findings = Findings::default();
    let tokens = lexer::tokens(0, text, &mut findings);
    let definitions = file(&tokens, &mut findings);
    (definitions, findings)
}

/// The expression of `module 0x1::m { fun f() { .. } }` as text with all its parentheses.
fn shape(text: &str) -> String {
    let (definitions, findings) = parsed(&format!("module 0x1::m {{ fun f() {{ {text} }} }}"));
    assert!(findings.is_empty(), "{text}: {findings:?}");
    let Some(Definition::Module(module)) = definitions.first() else { panic!("{text}") };
    let Some(Member::Function(function)) = module.members.first() else { panic!("{text}") };
    let body = function.body.as_ref().expect("a body");
    show(&E::Block(body.clone()))
}

fn show(kind: &E) -> String {
    let list = |parts: &[crate::ast::Expression]| {
        parts.iter().map(|part| show(&part.kind)).collect::<Vec<_>>().join(", ")
    };
    match kind {
        E::Number(text) => text.clone(),
        E::Name(path, types) => {
            format!("{}{}", path.text(), if types.is_some() { "<>" } else { "" })
        }
        E::Call { function, types, arguments } => {
            let types = if types.is_some() { "<>" } else { "" };
            format!("{}{types}({})", function.text(), list(arguments))
        }
        E::Binary(operator, left, right) => {
            let operator = match operator {
                Binary::Add => "+",
                Binary::Multiply => "*",
                Binary::Less => "<",
                Binary::Greater => ">",
                Binary::And => "&&",
                Binary::Or => "||",
                Binary::ShiftRight => ">>",
                Binary::BitAnd => "&",
                _ => "?",
            };
            format!("({} {operator} {})", show(&left.kind), show(&right.kind))
        }
        E::Not(part) => format!("!{}", show(&part.kind)),
        E::Dereference(part) => format!("*{}", show(&part.kind)),
        E::Borrow { mutable, target } => {
            format!("&{}{}", if *mutable { "mut " } else { "" }, show(&target.kind))
        }
        E::Field(part, name) => format!("{}.{}", show(&part.kind), name.text),
        E::Assign(left, right) => format!("{} = {}", show(&left.kind), show(&right.kind)),
        E::Tuple(parts) => format!("({})", list(parts)),
        E::If { condition, then, otherwise } => {
            let last =
                otherwise.as_ref().map_or(String::new(), |e| format!(" else {}", show(&e.kind)));
            format!("if {} {}{last}", show(&condition.kind), show(&then.kind))
        }
        E::Return(value) => {
            format!(
                "return{}",
                value.as_ref().map_or(String::new(), |e| format!(" {}", show(&e.kind)))
            )
        }
        E::Vector { elements, .. } => format!("vector[{}]", list(elements)),
        E::Block(block) => {
            let mut parts: Vec<String> = block
                .statements
                .iter()
                .map(|statement| match statement {
                    Statement::Expression(expression) => show(&expression.kind) + ";",
                    Statement::Let { value, .. } => {
                        format!("let {};", value.as_ref().map_or("-".into(), |e| show(&e.kind)))
                    }
                })
                .collect();
            parts.extend(block.result.as_ref().map(|result| show(&result.kind)));
            format!("{{{}}}", parts.join(" "))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn operators_bind_as_in_move() {
    let rows = [
        ("a + b * c + d", "{((a + (b * c)) + d)}"),
        ("a || b && c < d", "{(a || (b && (c < d)))}"),
        ("a & b >> c + 1", "{(a & (b >> (c + 1)))}"),
        ("!a.b && *c.d > 1", "{(!a.b && (*c.d > 1))}"),
        ("x = &mut y.z; *x = 1", "{x = &mut y.z; *x = 1}"),
        ("a <b", "{(a < b)}"),
        ("a<b>(c)", "{a<>(c)}"),
        ("f<vector<vector<u8>>>(c) + 1", "{(f<>(c) + 1)}"),
        ("if (a) { b } else { c } + 1", "{(if a {b} else {c} + 1)}"),
        ("if (a) b else c + 1", "{if a b else (c + 1)}"),
        ("return a + 1", "{return (a + 1)}"),
        ("if (a) return; b", "{if a return; b}"),
        ("vector[1, 2,]; (a, b); ()", "{vector[1, 2]; (a, b); ()}"),
        ("let x; spec { assume x ==> y[0..1]; }; x", "{let -; x}"),
    ];
    for (text, expected) in rows {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn one_run_shows_several_mistakes() {
    let text =
        "module 0x1::m { fun f( { } struct S { a u8 } const C: u8 = ; fun g() { 1 + } fun h() {} }";
    let (definitions, findings) = parsed(text);
    assert_eq!(findings.count(), 4, "{findings:?}");
    let Some(Definition::Module(module)) = definitions.first() else { panic!() };
    assert_eq!(module.members.len(), 1);
}

#[test]
fn specifications_are_skipped_wherever_they_stand() {
    let text = "spec 0x1::m { } module 0x1::m { spec module { pragma x = 1; } fun f() { spec { } }
        spec f { ensures |x| x ==> { y }; } spec fun g(x: num): num; spec schema S<T> { x: T; } }
        address 0x1 { module n { } spec n { pragma verify = false; } }";
    let (definitions, findings) = parsed(text);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(definitions.len(), 2);
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let inside = |text: String| format!("module 0x1::m {{ fun f() {{ {text} }} }}");
    let many = 5000;
    let texts = [
        inside("(".repeat(many)),
        inside(format!("{}1{}", "(".repeat(many), ")".repeat(many))),
        inside("!".repeat(many)),
        inside("&".repeat(many) + "mut x"),
        inside("{".repeat(many)),
        inside(format!("1{}", "+1".repeat(many))),
        inside(format!("a{}", ".a".repeat(many))),
        inside("if (a) {} else ".repeat(many)),
        inside(format!("let x: {}", "vector<".repeat(many))),
        inside(format!("let {}", "(".repeat(many))),
        inside("a = ".repeat(many)),
        inside("vector[".repeat(many)),
        "#[a(".repeat(many),
    ];
    let check = move || {
        for text in texts {
            let (_, findings) = parsed(&text);
            assert!(!findings.is_empty(), "{}", &text[..40.min(text.len())]);
        }
    };
    // the same room as `compile` gives
    let thread = std::thread::Builder::new().stack_size(crate::limits::STACK_BYTES).spawn(check);
    thread.expect("a thread").join().expect("no panic");
}
