#include "analysis/figures/coefficient_matrix.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr int kUndefined = 0xe4e4e4;
constexpr int kScaleSteps = 64;
constexpr double kGap = 0.3;  // in fields, before what stands apart

// Returns ".87" or "−.30", as a small field has room for digits only. There is
// a third digit where two would claim a perfect 1.
std::string TwoDigits(double value) {
  std::string text = absl::StrFormat("%.2f", value);
  if (text == "-0.00") text = "0.00";
  if (std::abs(value) < 1 && std::abs(value) >= 0.995) {
    text = absl::StrFormat(
        "%.3f", std::copysign(std::min(std::abs(value), 0.999), value));
  }
  return absl::StrReplaceAll(
      text, {{"-0.", "−."}, {"0.", "."}, {"-1.00", "−1"}, {"1.00", "1"}});
}

}  // namespace

std::pair<std::string, std::string> DrawCoefficientMatrix(
    absl::string_view name, const FigureStyle& style,
    const std::vector<MatrixEntry>& entries,
    const std::function<std::optional<double>(int, int)>& coefficient) {
  std::vector<int> colours;
  for (const std::string& colour : style.correlation_colours()) {
    colours.push_back(ColourNumber(colour));
  }
  const int n = static_cast<int>(entries.size());
  std::vector<double> place;
  int gaps = 0;
  for (int i = 0; i < n; ++i) {
    gaps += entries[i].stands_apart;
    place.push_back(i + kGap * gaps);
  }
  const double end = n + kGap * gaps - 0.5;
  GnuplotData data;
  data.Block("fields: column, row, colour");
  const auto colour_of = [&](std::optional<double> value) {
    return value ? ColourBetween(colours, (*value + 1) / 2) : kUndefined;
  };
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      if (row == column) continue;
      data.Row(place[column], place[row], colour_of(coefficient(row, column)));
    }
  }
  data.Block("coefficients: column, row, text, colour");
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      if (row == column) continue;
      const auto value = coefficient(row, column);
      data.Row(place[column], place[row],
               value ? TwoDigits(*value) : std::string("–"),
               TextColourOn(colour_of(value)));
    }
  }
  data.Block("scale: from, to, colour");
  for (int i = 0; i < kScaleSteps; ++i) {
    const double low = -1 + 2.0 * i / kScaleSteps;
    data.Row(low, low + 2.0 / kScaleSteps,
             ColourBetween(colours, (i + 0.5) / kScaleSteps));
  }

  std::string x_tics, y_tics;
  for (int i = 0; i < n; ++i) {
    const std::string label = GnuplotTic(entries[i].label);
    absl::StrAppend(&x_tics, i == 0 ? "" : ", ", label, " ", place[i]);
    absl::StrAppend(&y_tics, i == 0 ? "" : ", ", label, " ", place[i]);
  }
  // Fields are square, so the drawing is as high as it is wide, less the
  // labels.
  const int field =
      std::clamp<int>((style.width() - 250) / std::max(n, 1), 14, 60);
  const int left = gaps > 0 ? 195 : 165, bottom = gaps > 0 ? 150 : 132;
  const int top = 20, right = 75;
  const int size = static_cast<int>(field * (end + 0.5));
  const int width = left + size + right;
  const int height = top + size + bottom;
  const int digits =
      std::clamp(field / 3, 6, static_cast<int>(style.font_size()));
  std::string script = GnuplotHead(name, style, width, height);
  absl::StrAppend(
      &script, "set multiplot\nunset border\nunset grid\n",
      "set lmargin at screen ", 1.0 * left / width, "\nset rmargin at screen ",
      1.0 - 1.0 * right / width, "\nset bmargin at screen ",
      1.0 * bottom / height, "\nset tmargin at screen ",
      1.0 - 1.0 * top / height, "\nset xrange [-0.5:", end, "]\nset yrange [",
      end, ":-0.5]\nset xtics (", x_tics,
      ") scale 0 rotate by 45 right offset 0.4,0 font ',",
      style.font_size() - 2, "'\nset ytics (", y_tics, ") scale 0 font ',",
      style.font_size() - 2, "'\n",
      "plot data index 0 using 1:2:($1-0.48):($1+0.48):($2-0.48):($2+0.48):3 "
      "with boxxyerror fc rgb variable lw 0, \\\n",
      "  data index 1 using 1:2:3:4 with labels font ',", digits,
      "' textcolor rgb variable\n");
  absl::StrAppend(
      &script, "set lmargin at screen ", 1.0 - (right - 22.0) / width,
      "\nset rmargin at screen ", 1.0 - (right - 36.0) / width,
      "\nset xrange [0:1]\nset yrange [-1:1]\nunset xtics\nunset ytics\n",
      "set y2tics -1,0.5,1 scale 0.3 offset -0.6,0 font ',",
      style.font_size() - 2, "'\nset y2range [-1:1]\n",
      "plot data index 2 using (0.5):1:(0):(1):1:2:3 with boxxyerror "
      "fc rgb variable lw 0\nunset multiplot\n");
  return {script, data.text()};
}

}  // namespace robbench
