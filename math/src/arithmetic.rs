//! Exact arithmetic on decimal numbers of any sign. Everything is a fraction of big integers inside, so nothing is ever
//! rounded: a result is shown as a decimal where one is exact (`2.5`), else as a fraction in lowest terms (`1/3`).

use std::str::FromStr;

use http::StatusCode;
use mesh::Error;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::Serialize;

const MOST_NUMBERS: usize = 100;
const MOST_DIGITS: usize = 100;
/// Divisors are found by trying every number up to the square root: a million steps for the largest.
const LARGEST_FACTORED: u64 = 1_000_000_000_000;
/// A number has up to 6,720 divisors below the limit above, so fewer numbers are taken.
const MOST_FACTORED: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Factors,
}

/// One number, or for each number the list of its positive divisors in ascending order.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Number(String),
    Divisors(Vec<Vec<String>>),
}

impl Operation {
    const ALL: [Self; 5] = [Self::Add, Self::Subtract, Self::Multiply, Self::Divide, Self::Factors];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
            Self::Factors => "factors",
        }
    }

    /// From left to right: `subtract 9,3,2` is 4 and `divide 12,3,2` is 2. One number alone is its own result.
    pub(crate) fn apply(self, numbers: &[BigRational]) -> Result<Outcome, Error> {
        let step: fn(BigRational, &BigRational) -> BigRational = match self {
            Self::Add => |left, right| left + right,
            Self::Subtract => |left, right| left - right,
            Self::Multiply => |left, right| left * right,
            Self::Divide => {
                refuse_zeros(numbers)?;
                |left, right| left / right
            }
            Self::Factors => return factors(numbers).map(Outcome::Divisors),
        };
        let result = numbers.iter().cloned().reduce(|left, right| step(left, &right)).unwrap_or_else(BigRational::zero);
        Ok(Outcome::Number(show(&result)))
    }
}

impl FromStr for Operation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|operation| operation.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::not_found(format!("no such operation: there are {names}"))
        })
    }
}

/// The numbers of `1,2.5,-3`, with spaces allowed around each.
pub(crate) fn parse(text: &str) -> Result<Vec<BigRational>, Error> {
    if text.trim().is_empty() {
        return Err(refused("numbers", "at least one is needed, such as 1,2,3"));
    }
    let count = text.split(',').count();
    if count > MOST_NUMBERS {
        return Err(refused("numbers", format!("at most {MOST_NUMBERS} are taken, found {count}")));
    }
    text.split(',').enumerate().map(|(at, word)| parse_one(at, word.trim())).collect()
}

fn parse_one(at: usize, word: &str) -> Result<BigRational, Error> {
    let (sign, digits) = word.strip_prefix('-').map_or(("", word), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) {
        return Err(refused_at(at, "expected a number such as 12 or -0.5"));
    }
    if digits.len() > MOST_DIGITS {
        return Err(refused_at(at, format!("at most {MOST_DIGITS} digits are taken, found {}", digits.len())));
    }
    let numerator: BigInt = format!("{sign}{whole}{decimals}").parse().map_err(Error::internal)?;
    Ok(BigRational::new(numerator, power_of_ten(decimals.len())))
}

/// A decimal where that is exact, else `numerator/denominator`.
pub(crate) fn show(number: &BigRational) -> String {
    let Some(places) = decimal_places(number.denom()) else { return number.to_string() };
    let scaled = (number * power_of_ten(places)).to_integer();
    let sign = if scaled.is_negative() { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.abs().to_string(), width = places + 1);
    let (whole, decimals) = digits.split_at(digits.len() - places);
    let point = if places == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{decimals}")
}

/// How many decimals a fraction in lowest terms needs; none are enough unless its denominator is made of 2s and 5s.
fn decimal_places(denominator: &BigInt) -> Option<usize> {
    let twos = usize::try_from(denominator.trailing_zeros()?).ok()?;
    let mut rest = denominator >> twos;
    let mut fives = 0;
    while (&rest % 5_u32).is_zero() {
        rest /= 5_u32;
        fives += 1;
    }
    rest.is_one().then_some(twos.max(fives))
}

fn power_of_ten(places: usize) -> BigInt {
    num_traits::pow(BigInt::from(10), places)
}

fn refuse_zeros(numbers: &[BigRational]) -> Result<(), Error> {
    let zero = numbers.iter().skip(1).position(Zero::is_zero);
    zero.map_or(Ok(()), |at| Err(refused_at(at + 1, "division by zero")))
}

fn factors(numbers: &[BigRational]) -> Result<Vec<Vec<String>>, Error> {
    if numbers.len() > MOST_FACTORED {
        let detail = format!("at most {MOST_FACTORED} are taken for factors, found {}", numbers.len());
        return Err(refused("numbers", detail));
    }
    let sizes: Vec<u64> =
        numbers.iter().enumerate().map(|(at, number)| factorable(at, number)).collect::<Result<_, _>>()?;
    Ok(sizes.into_iter().map(|size| divisors(size).iter().map(u64::to_string).collect()).collect())
}

/// The size of a whole number that has a finite list of divisors; a sign changes nothing about them.
fn factorable(at: usize, number: &BigRational) -> Result<u64, Error> {
    if !number.is_integer() || number.is_zero() {
        return Err(refused_at(at, "expected a whole number other than zero"));
    }
    let size = number.numer().abs().to_u64().filter(|size| *size <= LARGEST_FACTORED);
    size.ok_or_else(|| refused_at(at, format!("at most {LARGEST_FACTORED} for factors")))
}

fn divisors(number: u64) -> Vec<u64> {
    let root = number.isqrt();
    let small: Vec<u64> = (1..=root).filter(|candidate| number.is_multiple_of(*candidate)).collect();
    let large = small.iter().rev().map(|divisor| number / divisor).filter(|large| *large > root);
    small.iter().copied().chain(large).collect()
}

fn refused_at(at: usize, detail: impl Into<String>) -> Error {
    refused(format!("numbers[{at}]"), detail)
}

fn refused(field: impl Into<String>, detail: impl Into<String>) -> Error {
    Error::field(field, detail).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
