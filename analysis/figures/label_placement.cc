#include "analysis/figures/label_placement.h"

#include <cmath>
#include <cstddef>

namespace robbench {
namespace {

constexpr double kPointRadius = 4;

}  // namespace

std::vector<std::optional<PixelPoint>> PlaceLabels(
    const std::vector<PixelPoint>& points, double label_width,
    double label_height, double width, double height, double line) {
  const double near_x = label_width / 2 + kPointRadius + 2;
  const double near_y = label_height / 2 + kPointRadius + 1;
  // A label is tried at the right, the left, above, below, then at the corners,
  // then in steps further off.
  std::vector<PixelPoint> shifts = {{near_x, 0},       {-near_x, 0},
                                    {0, near_y},       {0, -near_y},
                                    {near_x, near_y},  {-near_x, near_y},
                                    {near_x, -near_y}, {-near_x, -near_y}};
  for (const double x : {near_x, -near_x, 0.0}) {
    for (const double y :
         {1.9 * near_y, -1.9 * near_y, 2.8 * near_y, -2.8 * near_y}) {
      shifts.push_back({x, y});
    }
  }
  std::vector<std::optional<PixelPoint>> labels(points.size());
  const auto is_free = [&](const PixelPoint& centre) {
    if (centre.x < label_width / 2 || centre.x > width - label_width / 2 ||
        centre.y < label_height / 2 || centre.y > height - label_height / 2) {
      return false;
    }
    if (std::abs(centre.y - line) < label_height / 2 + 1) return false;
    for (const PixelPoint& point : points) {
      if (std::abs(point.x - centre.x) < label_width / 2 + kPointRadius &&
          std::abs(point.y - centre.y) < label_height / 2 + kPointRadius) {
        return false;
      }
    }
    for (const auto& label : labels) {
      if (label && std::abs(label->x - centre.x) < label_width &&
          std::abs(label->y - centre.y) < label_height) {
        return false;
      }
    }
    return true;
  };
  for (size_t i = 0; i < points.size(); ++i) {
    for (const PixelPoint& shift : shifts) {
      const PixelPoint centre{points[i].x + shift.x, points[i].y + shift.y};
      if (is_free(centre)) {
        labels[i] = centre;
        break;
      }
    }
  }
  return labels;
}

}  // namespace robbench
