#include "analysis/figures/gnuplot_script.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

int Channel(int colour, int shift) { return colour >> shift & 255; }

int Mixed(int a, int b, double share_of_b) {
  int result = 0;
  for (const int shift : {16, 8, 0}) {
    const double value =
        Channel(a, shift) * (1 - share_of_b) + Channel(b, shift) * share_of_b;
    result |= static_cast<int>(std::lround(value)) << shift;
  }
  return result;
}

// Returns the relative luminance of WCAG 2.1.
double Luminance(int colour) {
  const double weights[] = {0.2126, 0.7152, 0.0722};
  const int shifts[] = {16, 8, 0};
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    const double value = Channel(colour, shifts[i]) / 255.0;
    sum += weights[i] * (value <= 0.03928
                             ? value / 12.92
                             : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

}  // namespace

int GnuplotData::Block(absl::string_view comment) {
  // Two blank lines end a block. An empty block would vanish and shift the
  // numbers of the blocks behind it.
  if (blocks_ > 0) {
    if (!rows_) text_ += "NaN NaN NaN NaN NaN\n";
    text_ += "\n\n";
  }
  absl::StrAppend(&text_, "# ", blocks_, ": ", OneLine(comment), "\n");
  rows_ = false;
  return blocks_++;
}

void GnuplotData::Append(std::string& line, double value) {
  line += std::isnan(value) ? "NaN" : ShortestNumber(value);
}
void GnuplotData::Append(std::string& line, int value) {
  absl::StrAppend(&line, value);
}
void GnuplotData::Append(std::string& line, const std::string& text) {
  line += GnuplotQuoted(text);
}

std::string GnuplotHead(absl::string_view name, const FigureStyle& style,
                        int width, int height) {
  return absl::StrCat(
      "# Draws ", name, ".svg from ", name, ".dat: gnuplot ", name, ".gp\n",
      "set encoding utf8\n", "set terminal svg size ", width, ",", height,
      " noenhanced font ",
      GnuplotQuoted(absl::StrCat(style.font(), ",", style.font_size())),
      " linewidth ", style.line_width(), " background rgb 'white'\n",
      "set output '", name, ".svg'\n", "data = '", name, ".dat'\n",
      "set datafile missing 'NaN'\n", "set border 3 lc rgb '",
      style.text_colour(), "' lw 0.8\n",
      "set tics nomirror scale 0.5 textcolor rgb '", style.text_colour(), "'\n",
      "set grid noxtics ytics lc rgb '", style.grid_colour(), "' lw 0.6 dt 1\n",
      "set style fill solid 1.0 noborder\n", "unset key\n");
}

int ColourNumber(absl::string_view colour) {
  return static_cast<int>(
      std::strtol(std::string(colour.substr(1)).c_str(), nullptr, 16));
}

std::string ColourText(int number) { return absl::StrFormat("#%06x", number); }

int ColourBetween(const std::vector<int>& colours, double position) {
  const double place = std::clamp(position, 0.0, 1.0) * (colours.size() - 1);
  const size_t below = std::min(static_cast<size_t>(place), colours.size() - 2);
  return Mixed(colours[below], colours[below + 1], place - below);
}

int TextColourOn(int background) {
  return Luminance(background) > 0.22 ? 0x000000 : 0xffffff;
}

int Paler(int colour, double share) { return Mixed(0xffffff, colour, share); }

std::string GnuplotSentence(absl::string_view name, const FigureStyle& style,
                            absl::string_view sentence) {
  return absl::StrCat(
      GnuplotHead(name, style, style.width(), style.height() / 3),
      "unset border\nunset tics\nunset grid\nset xrange [0:1]\n"
      "set yrange [0:1]\nset label 1 ",
      GnuplotQuoted(sentence), " at 0.5,0.5 center textcolor rgb '",
      style.text_colour(), "'\nplot NaN\n");
}

}  // namespace robbench
