// Draws figures with the installed gnuplot, dot (graphviz) and rsvg-convert.
#ifndef ANALYSIS_FIGURES_RENDER_FIGURES_H_
#define ANALYSIS_FIGURES_RENDER_FIGURES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"

namespace robbench {

struct RenderOptions {
  std::string gnuplot = "/usr/bin/gnuplot";
  std::string rsvg_convert = "/usr/bin/rsvg-convert";
  std::string dot = "/usr/bin/dot";
  double png_zoom = 2;  // pixels of the PNG for one of the SVG
};

// (file name, bytes) of every figure with every suffix of kFigureSuffixes or
// kGraphSuffixes, and of kFigureIndex (a DrawnFigures).
// Works in a directory of its own under TMPDIR, which it removes. The bytes
// depend on the figures and on the programs and fonts of the machine only: a
// fixed locale and time zone, and a fixed date in the PDF.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> RenderFigures(
    const std::vector<Figure>& figures, const RenderOptions& options);

// Whether figures can be written to a directory, for before work begins: as of
// OutputFiles::Open of the index.
absl::Status CheckFigureDirectory(const std::string& directory,
                                  const std::vector<std::string>& inputs);

// RenderFigures, written into an existing directory; nothing on error. What
// cannot be written is found before anything is drawn.
absl::Status WriteFigures(const std::vector<Figure>& figures,
                          const RenderOptions& options,
                          const std::string& directory);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_RENDER_FIGURES_H_
