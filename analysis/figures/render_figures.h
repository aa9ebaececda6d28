// Draws figures to SVG, PDF and PNG with the installed gnuplot, dot (graphviz)
// and rsvg-convert.
#ifndef ANALYSIS_FIGURES_RENDER_FIGURES_H_
#define ANALYSIS_FIGURES_RENDER_FIGURES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"

namespace robbench {

// The paths of the programs.
struct RenderOptions {
  std::string gnuplot = "/usr/bin/gnuplot";
  std::string rsvg_convert = "/usr/bin/rsvg-convert";
  std::string dot = "/usr/bin/dot";
  double png_zoom = 2;  // pixels of the PNG for one of the SVG
};

// Returns (file name, bytes) of every figure with every suffix of
// kFigureSuffixes or kGraphSuffixes, and of kFigureIndex (a DrawnFigures). It
// works in a directory of its own under TMPDIR, which it removes. The bytes
// depend only on the figures and on the programs and fonts of the machine, as
// locale, time zone and the PDF's date are fixed. Errors name the program that
// failed.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> RenderFigures(
    const std::vector<Figure>& figures, const RenderOptions& options);

// Checks before work begins that figures can be written to a directory. Errors
// are those of OutputFiles::Open (nas/base/file.h) for the index.
absl::Status CheckFigureDirectory(const std::string& directory,
                                  const std::vector<std::string>& inputs);

// Renders figures and writes them into an existing directory; on an error
// nothing is written. A directory that cannot be written to is found before
// anything is drawn.
absl::Status WriteFigures(const std::vector<Figure>& figures,
                          const RenderOptions& options,
                          const std::string& directory);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_RENDER_FIGURES_H_
