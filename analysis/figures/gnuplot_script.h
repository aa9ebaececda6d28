// The pieces from which the gnuplot scripts and data files of all figures are
// made.
#ifndef ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_
#define ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis/figures/figure_style.pb.h"

namespace robbench {

// Writes a gnuplot data file. It has blocks, which gnuplot names by number
// (`index`), and each block has rows. A gap ends a line or a polygon within its
// block.
class GnuplotData {
 public:
  // Starts a block and returns its number.
  int Block(absl::string_view comment);
  void Gap() { text_ += "\n"; }

  // Adds a row. Numbers are the shortest text that reads back, NaN is "NaN",
  // and text is quoted.
  template <typename... Values>
  void Row(const Values&... values) {
    std::string line;
    ((line += line.empty() ? "" : " ", Append(line, values)), ...);
    text_ += line + "\n";
    rows_ = true;
  }

  const std::string& text() const { return text_; }

 private:
  static void Append(std::string& line, double value);
  static void Append(std::string& line, int value);
  static void Append(std::string& line, const std::string& text);

  std::string text_;
  int blocks_ = 0;
  bool rows_ = false;
};

// Returns the head of a script, which sets terminal, output NAME.svg, fonts and
// colours. `width` and `height` are in pixels.
std::string GnuplotHead(absl::string_view name, const FigureStyle& style,
                        int width, int height);

// Return "#rrggbb" as the number that gnuplot's `rgb variable` reads, and such
// a number as "#rrggbb".
int ColourNumber(absl::string_view colour);
std::string ColourText(int number);

// Returns the colour at `position` (0 ... 1, clamped) among evenly spaced
// colours.
int ColourBetween(const std::vector<int>& colours, double position);

// Returns black or white, whichever reads better on `background`.
int TextColourOn(int background);

// Returns a mix of a `share` of `colour` with white.
int Paler(int colour, double share);

// The data of a figure that has nothing to show.
inline constexpr absl::string_view kNoData = "# nothing\n";

// Returns the whole script of such a figure, which shows `sentence`.
std::string GnuplotSentence(absl::string_view name, const FigureStyle& style,
                            absl::string_view sentence);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_
