//! Charts as inline SVG: lines over time, and a distribution. Colors and sizes of text come from the page's style.

use std::fmt::Write as _;

use crate::text::numbers;

/// The drawing area, in SVG units; the page scales it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
/// What an axis of counts goes up to at least, so that its ticks are whole.
const LOWEST_TOP: f64 = 4.0;
/// What is left free for labels.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

/// One line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// What it is called in the legend.
    pub(super) name: &'static str,
    /// Its class in the page's style.
    pub(super) class: &'static str,
    /// Its points; a gap where there is no value.
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// How values are spread over the height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Evenly, from zero.
    Linear,
    /// By powers of ten.
    Logarithmic,
}

/// Lines over time, with the first `shaded` seconds marked. `show` writes a value of the vertical axis.
pub(super) fn lines(lines: &[Series], shaded: f64, scale: Scale, show: fn(f64) -> String) -> String {
    let last = lines.iter().flat_map(|line| &line.points).map(|(at, _)| *at).fold(1.0, f64::max);
    let axis = Axis::new(lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value), scale);
    let mut svg = opening();
    let (top, height) = (TOP, HEIGHT - BOTTOM - TOP);
    let width = x(shaded.min(last), last) - LEFT;
    let _ = write!(svg, r#"<rect class="shade" x="{LEFT}" y="{top}" width="{width:.1}" height="{height}"/>"#);
    axis.draw(&mut svg, show);
    time_axis(&mut svg, last);
    for line in lines {
        let _ = write!(svg, r#"<path class="line {}" d="{}"/>"#, line.class, path(line, last, &axis));
    }
    svg.push_str("</svg>");
    let legend = lines.iter().map(|line| format!(r#"<span class="key {}">{}</span>"#, line.class, line.name));
    format!("{svg}<p class=\"legend\">{}</p>", legend.collect::<String>())
}

/// A bar for each range of a distribution: its end, and how many are in it.
pub(super) fn distribution(ranges: &[(f64, u64)], show: fn(f64) -> String) -> String {
    let axis = Axis::new(ranges.iter().map(|(_, count)| *count as f64), Scale::Linear);
    let mut svg = opening();
    axis.draw(&mut svg, |value| numbers::count(value as u64));
    let width = (WIDTH - LEFT - RIGHT) / ranges.len().max(1) as f64;
    let label_step = ranges.len().div_ceil(8).max(1);
    for (position, &(end, count)) in ranges.iter().enumerate() {
        let x = LEFT + width * position as f64;
        let y = axis.y(count as f64);
        let height = HEIGHT - BOTTOM - y;
        let (end, found) = (show(end), numbers::count(count));
        let _ = write!(
            svg,
            r#"<rect class="bar" x="{:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}"><title>up to {end}: {found}</title></rect>"#,
            x + width * 0.05,
            width * 0.9
        );
        if position % label_step == label_step / 2 {
            let _ =
                write!(svg, r#"<text class="tick x" x="{:.1}" y="{:.1}">{end}</text>"#, x + width / 2.0, HEIGHT - 8.0);
        }
    }
    svg.push_str("</svg>");
    svg
}

fn opening() -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#)
}

fn path(line: &Series, last: f64, axis: &Axis) -> String {
    let mut path = String::new();
    let mut command = 'M';
    for &(at, value) in &line.points {
        match value {
            Some(value) => {
                let _ = write!(path, "{command}{:.1} {:.1}", x(at, last), axis.y(value));
                command = 'L';
            }
            None => command = 'M',
        }
    }
    path
}

fn x(at: f64, last: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * at / last
}

fn time_axis(svg: &mut String, last: f64) {
    let step = round_step(last / 6.0);
    let mut at = 0.0;
    while at <= last {
        let label = if step < 1.0 { format!("{at:.1} s") } else { format!("{at:.0} s") };
        let _ = write!(svg, r#"<text class="tick x" x="{:.1}" y="{:.1}">{label}</text>"#, x(at, last), HEIGHT - 8.0);
        at += step;
    }
}

/// The vertical axis.
struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, scale: Scale) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values {
            high = high.max(value);
            low = low.min(value);
        }
        match scale {
            Scale::Linear => Self { scale, low: 0.0, high: (high * 1.05).max(LOWEST_TOP) },
            Scale::Logarithmic => {
                let low = if low.is_finite() { low.max(1e-3) } else { 0.1 };
                Self { scale, low: power_below(low), high: power_below(high.max(low) * 9.999_999).max(low * 10.0) }
            }
        }
    }

    fn y(&self, value: f64) -> f64 {
        let part = match self.scale {
            Scale::Linear => value / self.high,
            Scale::Logarithmic => (value.max(self.low) / self.low).log10() / (self.high / self.low).log10(),
        };
        HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part.clamp(0.0, 1.0)
    }

    fn draw(&self, svg: &mut String, show: fn(f64) -> String) {
        for value in self.ticks() {
            let y = self.y(value);
            let (left, right) = (LEFT, WIDTH - RIGHT);
            let _ = write!(svg, r#"<path class="grid" d="M{left} {y:.1}H{right}"/>"#);
            let _ =
                write!(svg, r#"<text class="tick y" x="{:.1}" y="{:.1}">{}</text>"#, LEFT - 6.0, y + 4.0, show(value));
        }
    }

    fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = round_step(self.high / 4.0);
                (0..=8).map(|number| f64::from(number) * step).take_while(|value| *value <= self.high).collect()
            }
            Scale::Logarithmic => {
                let powers = (0..12).map(|power| self.low * 10_f64.powi(power));
                powers.take_while(|value| *value <= self.high * 1.001).collect()
            }
        }
    }
}

fn power_below(value: f64) -> f64 {
    10_f64.powf((value * 1.000_001).log10().floor())
}

/// 1, 2 or 5 times a power of ten, not below the wish.
fn round_step(wish: f64) -> f64 {
    let power = power_below(wish.max(1e-9));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= wish).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!([0.3, 1.0, 7.0, 120.0].map(round_step).map(|step| step.to_string()), ["0.5", "1", "10", "200"]);
    }

    #[test]
    fn a_logarithmic_axis_spans_whole_powers() {
        let axis = Axis::new([0.05, 3.0].into_iter(), Scale::Logarithmic);
        assert_eq!((axis.y(0.01), axis.y(10.0)), (HEIGHT - BOTTOM, TOP));
        assert_eq!(axis.ticks().len(), 4);
    }

    #[test]
    fn nothing_at_all_can_be_drawn() {
        let empty = Series { name: "p50", class: "a", points: Vec::new() };
        assert!(lines(&[empty], 2.0, Scale::Logarithmic, |value| value.to_string()).ends_with("</p>"));
        assert!(distribution(&[], |value| value.to_string()).ends_with("</svg>"));
    }
}
