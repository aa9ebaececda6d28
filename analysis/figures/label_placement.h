// Where to write the names of points without covering points or names.
#ifndef ANALYSIS_FIGURES_LABEL_PLACEMENT_H_
#define ANALYSIS_FIGURES_LABEL_PLACEMENT_H_

#include <optional>
#include <vector>

namespace robbench {

struct PixelPoint {
  double x = 0, y = 0;  // y upwards
};

// For each point the centre of its label of the given size within
// [0, width] x [0, height], off the horizontal line at height `line`, or
// nothing where no free place is near. Points earlier in the list choose
// first. Deterministic; O(points^2).
std::vector<std::optional<PixelPoint>> PlaceLabels(
    const std::vector<PixelPoint>& points, double label_width,
    double label_height, double width, double height, double line);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_LABEL_PLACEMENT_H_
