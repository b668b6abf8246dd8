//! What callers see: a table of questions and answers through the router, properties of exact arithmetic, and one
//! journey over a real socket.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

async fn ask(method: &str, path: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let router = router(Delay::default(), CancellationToken::new());
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn results_are_exact() {
    let nines = "9".repeat(100);
    let cases = [
        ("add/1,2,3", json!("6")),
        ("add/0.1,0.2", json!("0.3")),
        ("add/1.50,-1.5", json!("0")),
        ("add/7", json!("7")),
        ("subtract/5,3", json!("2")),
        ("subtract/3,5", json!("-2")),
        ("subtract/9,3,2", json!("4")),
        ("subtract/0.5,0.75", json!("-0.25")),
        ("multiply/9007199254740993,3", json!("27021597764222979")),
        (&*format!("multiply/{nines},{nines}"), json!(format!("{}8{}1", "9".repeat(99), "0".repeat(99)))),
        ("divide/12,3,2", json!("2")),
        ("divide/5,2", json!("2.5")),
        ("divide/-1,8", json!("-0.125")),
        ("divide/1,3", json!("1/3")),
        ("divide/-4,6", json!("-2/3")),
        ("divide/0,3", json!("0")),
        ("divide/1,3,0.5", json!("2/3")),
        ("factors/12,7", json!([["1", "2", "3", "4", "6", "12"], ["1", "7"]])),
        ("factors/36,1,-4", json!([["1", "2", "3", "4", "6", "9", "12", "18", "36"], ["1"], ["1", "2", "4"]])),
        ("factors/999999999989", json!([["1", "999999999989"]])),
    ];
    for (path, expected) in cases {
        let (status, answer) = ask("GET", &format!("/{path}")).await;
        assert_eq!((status, &answer["result"]), (200, &expected), "{path}");
    }
}

#[tokio::test]
async fn an_answer_repeats_what_was_understood() {
    let (_, answer) = ask("GET", "/subtract/%20007,-0,1.50,-0.0").await;
    assert_eq!(answer, json!({"operation": "subtract", "numbers": ["7", "0", "1.5", "0"], "result": "5.5"}));
}

#[tokio::test]
async fn what_cannot_be_calculated_is_422_with_the_field() {
    let digit = |count| format!("add/1,{}", "1".repeat(count));
    let many = |operation: &str, count| format!("{operation}/{}", vec!["1"; count].join(","));
    let cases = [
        ("divide/1,2,0".to_owned(), "numbers[2]", "division by zero"),
        ("add/1,two,3".to_owned(), "numbers[1]", "expected a number such as 12 or -0.5"),
        ("add/1e5".to_owned(), "numbers[0]", "expected a number such as 12 or -0.5"),
        ("add/--1".to_owned(), "numbers[0]", "expected a number such as 12 or -0.5"),
        ("add/1.".to_owned(), "numbers[0]", "expected a number such as 12 or -0.5"),
        ("add/1,,2".to_owned(), "numbers[1]", "expected a number such as 12 or -0.5"),
        ("add/%D9%A3".to_owned(), "numbers[0]", "expected a number such as 12 or -0.5"),
        ("add".to_owned(), "numbers", "at least one is needed, such as 1,2,3"),
        ("add/".to_owned(), "numbers", "at least one is needed, such as 1,2,3"),
        ("add/%20".to_owned(), "numbers", "at least one is needed, such as 1,2,3"),
        (digit(101), "numbers[1]", "at most 100 digits are taken, found 101"),
        (many("add", 101), "numbers", "at most 100 are taken, found 101"),
        (many("factors", 11), "numbers", "at most 10 are taken for factors, found 11"),
        ("factors/4,1000000000001".to_owned(), "numbers[1]", "at most 1000000000000 for factors"),
        ("factors/0".to_owned(), "numbers[0]", "expected a whole number other than zero"),
        ("factors/1.5".to_owned(), "numbers[0]", "expected a whole number other than zero"),
    ];
    for (path, field, detail) in cases {
        let (status, answer) = ask("GET", &format!("/{path}")).await;
        assert_eq!(status, 422, "{path}: {answer}");
        assert_eq!(answer["errors"], json!([{"field": field, "detail": detail}]), "{path}");
    }
    assert_eq!(ask("GET", &format!("/{}", digit(100))).await.0, 200);
    assert_eq!(ask("GET", &format!("/{}", many("add", 100))).await.0, 200);
    assert_eq!(ask("GET", &format!("/{}", many("factors", 10))).await.0, 200);
}

#[tokio::test]
async fn an_unknown_operation_is_404_and_names_those_there_are() {
    let (status, answer) = ask("GET", "/modulo/5,3").await;
    assert_eq!(status, 404);
    assert_eq!(answer["detail"], "no such operation: there are add, subtract, multiply, divide, factors");
}

#[tokio::test]
async fn every_other_mistake_is_a_problem_too() {
    for (method, path, expected) in
        [("GET", "/", 404), ("GET", "/add/1/2", 404), ("POST", "/add/1,2", 405), ("GET", "/add/%ff", 400)]
    {
        let (status, answer) = ask(method, path).await;
        assert_eq!((status, answer["status"].as_u64()), (expected, Some(expected.into())), "{path}");
        assert!(answer["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{path}: {answer}");
    }
}

fn calculate_now(operation: Operation, numbers: &str) -> String {
    let Outcome::Number(result) = operation.apply(&arithmetic::parse(numbers).unwrap()).unwrap() else {
        panic!("expected a number")
    };
    result
}

proptest! {
    #[test]
    fn subtracting_undoes_adding(a in "-?[0-9]{1,40}(\\.[0-9]{1,40})?", b in "-?[0-9]{1,40}(\\.[0-9]{1,40})?") {
        let sum = calculate_now(Operation::Add, &format!("{a},{b}"));
        prop_assert_eq!(calculate_now(Operation::Subtract, &format!("{sum},{b}")), calculate_now(Operation::Add, &a));
    }

    #[test]
    fn dividing_undoes_multiplying(a in "-?[0-9]{1,20}(\\.[0-9]{1,20})?", b in "-?[1-9][0-9]{0,20}(\\.[0-9]{1,20})?") {
        let product = calculate_now(Operation::Multiply, &format!("{a},{b}"));
        prop_assert_eq!(calculate_now(Operation::Divide, &format!("{product},{b}")), calculate_now(Operation::Add, &a));
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same_number(a in "-?[0-9]{1,50}(\\.[0-9]{1,49})?") {
        let number = arithmetic::parse(&a).unwrap();
        let shown = arithmetic::show(&number[0]);
        prop_assert_eq!(arithmetic::parse(&shown).unwrap(), number);
    }

    #[test]
    fn divisors_divide_ascend_and_come_in_pairs(number in 1u64..=100_000) {
        let Outcome::Divisors(lists) = Operation::Factors.apply(&arithmetic::parse(&number.to_string()).unwrap()).unwrap() else {
            panic!("expected divisors")
        };
        let divisors: Vec<u64> = lists[0].iter().map(|it| it.parse().unwrap()).collect();
        let naive: Vec<u64> = (1..=number).filter(|it| number % it == 0).collect();
        prop_assert_eq!(divisors, naive);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_out_a_delay_is_answered_at_once_when_the_service_stops() {
    let (delay, shutdown) = ("10s".parse().unwrap(), CancellationToken::new());
    let request = Request::get("/subtract/5,3").body(Body::empty()).unwrap();
    let call = router(delay, shutdown.clone()).oneshot(request);
    let started = tokio::time::Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        shutdown.cancel();
    };
    let (response, ()) = tokio::join!(call, stop);
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(started.elapsed().as_secs(), 4);
}

#[tokio::test]
async fn a_caller_over_a_real_socket_is_served_until_the_service_stops() {
    let env = Env::new([("MATH_ADDR".to_owned(), "127.0.0.1:0".to_owned())]);
    let config = Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap();
    assert_eq!(config.store(), "nothing stored");
    let socket = TcpListener::bind(config.address).await.unwrap();
    let address = socket.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let service = tokio::spawn(serve(config, Duration::from_secs(5), socket, shutdown.clone()));

    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let get = async |path: &str| client.get(format!("http://{address}{path}").parse().unwrap()).await;
    while get("/health/ready").await.unwrap().status() != 200 {
        tokio::task::yield_now().await;
    }
    let answered = get("/subtract/5,3").await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&answered).unwrap()["result"], "2");
    let refused = get("/divide/1,0").await.unwrap();
    assert_eq!(refused.status(), 422);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");

    shutdown.cancel();
    service.await.unwrap().unwrap();
    assert!(get("/subtract/5,3").await.is_err());
}
