//! Path templates: their shapes, their filling, and what is not one.

use proptest::prelude::*;
use routing::table::PathPattern;

use crate::{faults, table};

fn pattern(template: &str) -> PathPattern {
    template.parse().unwrap()
}

#[test]
fn equal_shapes_have_equal_normal_forms() {
    let path = pattern("/a/{id}/b/{*rest}");
    assert_eq!(path.template(), "/a/{id}/b/{*rest}");
    assert_eq!(path.normal(), "/a/{p0}/b/{*p1}");
    assert_eq!(path.params(), ["id", "rest"]);
    assert!(path.is_catch_all());
    assert_eq!(path.normal(), pattern("/a/{other}/b/{*tail}").normal());
    assert!(!pattern("/a/{id}").is_catch_all());
    assert_eq!(pattern("/").normal(), "/");
}

#[test]
fn the_normal_form_is_what_the_router_reads() {
    let mut router = matchit::Router::new();
    router.insert(pattern("/a/{id}/b/{*rest}").normal(), ()).unwrap();
    let found = router.at("/a/7/b/c/d").unwrap();
    assert_eq!(found.params.iter().collect::<Vec<_>>(), [("p0", "7"), ("p1", "c/d")]);
}

#[test]
fn values_are_escaped_and_cannot_climb() {
    let cases = [
        ("/users/{v}", "7", Ok("/users/7")),
        ("/users/{v}/orders", "a b", Ok("/users/a%20b/orders")),
        ("/{v}", "1,2,3", Ok("/1,2,3")),
        ("/{v}", "a/b", Ok("/a%2Fb")),
        ("/{v}", "ä?x=1#y%2e", Ok("/%C3%A4%3Fx=1%23y%252e")),
        ("/{v}", "..", Err("v")),
        ("/{v}", ".", Err("v")),
        ("/{v}", "", Err("v")),
        ("/files/{*v}", "a/b c", Ok("/files/a/b%20c")),
        ("/files/{*v}", "a/../../etc", Err("v")),
        ("/files/{*v}", "/etc", Err("v")),
        ("/files/{*v}", "", Err("v")),
        ("/", "unused", Ok("/")),
    ];
    for (template, value, expected) in cases {
        let filled = pattern(template).fill(|_| Some(value.to_owned()));
        assert_eq!(filled.as_deref().map_err(String::as_str), expected, "{template} with {value}");
    }
    assert_eq!(pattern("/a/{id}").fill(|_| None), Err("id".to_owned()));
}

#[test]
fn what_is_not_a_path_is_told_with_the_remedy() {
    let cases = [
        ("users", "the path 'users' does not begin with a slash: write /users"),
        ("/a//b", "the path '/a//b' has an empty segment: remove the extra slash"),
        ("/a/", "the path '/a/' has an empty segment: remove the extra slash"),
        ("/a/../b", "the path '/a/../b' has the segment '..': write the path it leads to"),
        ("/{id}/{id}", "the path '/{id}/{id}' has {id} twice: give each a name of its own"),
        ("/{*rest}/x", "the catch-all of '/{*rest}/x' is not last: nothing can come after it"),
        ("/{id", "'{id' in '/{id' is not a parameter: a parameter takes a whole segment, as {id}"),
        ("/a-{id}", "'a-{id}' in '/a-{id}' is not a parameter: a parameter takes a whole segment, as {id}"),
        ("/{}", "'{}' in '/{}' is not a parameter: name it with letters, digits and _"),
        ("/{a b}", "'{a b}' in '/{a b}' is not a parameter: name it with letters, digits and _"),
        ("/:id", "':id' in '/:id' is not a parameter: write {id}"),
        ("/files/*", "'*' in '/files/*' is not a parameter: write {*rest}"),
        ("/a?b", "the path '/a?b' holds '?': use letters, digits and -._~!$&'()+,;=:@"),
    ];
    for (template, message) in cases {
        assert_eq!(template.parse::<PathPattern>().unwrap_err(), message);
    }
}

#[test]
fn a_field_of_the_path_cannot_be_set_by_the_row() {
    let row = |args: &str| {
        format!("[[route]]\non = \"POST /x/{{cmd}}/{{a}}\"\ncall = \"http math POST /{{cmd}}\"\nargs = {{ {args} }}")
    };
    for args in ["a = 1", "a = \"$b\""] {
        let told = "routes.toml:3:6: 'POST /x/{cmd}/{a}' brings 'a', which args sets: give one of them another name";
        assert_eq!(faults(&row(args)), [told], "{args}");
    }
    table(&row("b = \"$a\""));
}

proptest! {
    #[test]
    fn a_filled_path_keeps_its_segments(value in ".*") {
        if let Ok(path) = pattern("/a/{v}/b").fill(|_| Some(value.clone())) {
            let segments: Vec<&str> = path.split('/').collect();
            prop_assert_eq!(segments.len(), 4, "{}", &path);
            prop_assert!(segments.iter().all(|it| *it != ".." && *it != "."));
            prop_assert!(path.parse::<http::Uri>().is_ok(), "{}", path);
        }
    }

    #[test]
    fn a_filled_catch_all_stays_below_its_prefix(value in "[./a%\\\\ ]{0,12}") {
        if let Ok(path) = pattern("/a/{*v}").fill(|_| Some(value.clone())) {
            prop_assert!(path.starts_with("/a/") && !path.starts_with("/a//"), "{}", &path);
            prop_assert!(path.split('/').all(|it| it != ".." && it != "."), "{}", &path);
            prop_assert!(path.parse::<http::Uri>().is_ok(), "{}", path);
        }
    }
}
