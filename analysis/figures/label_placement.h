// Places the names of points in a figure so that they cover neither points nor
// other names.
#ifndef ANALYSIS_FIGURES_LABEL_PLACEMENT_H_
#define ANALYSIS_FIGURES_LABEL_PLACEMENT_H_

#include <optional>
#include <vector>

namespace robbench {

// A place in the figure, in pixels.
struct PixelPoint {
  double x = 0, y = 0;  // y upwards
};

// Returns for each point the centre of its label, which has the given size and
// lies within [0, width] x [0, height], off the horizontal line at height
// `line`; nullopt where no free place is near. Points earlier in the list
// choose first. The result is deterministic and takes O(points^2).
std::vector<std::optional<PixelPoint>> PlaceLabels(
    const std::vector<PixelPoint>& points, double label_width,
    double label_height, double width, double height, double line);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_LABEL_PLACEMENT_H_
