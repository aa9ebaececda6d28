#include "analysis/collect/training_course.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace robbench {

TrainingCourse ReadCourse(absl::Span<const double> losses, uint32_t classes) {
  CHECK(!losses.empty() && classes >= 2);
  const double limit = kPlateauShare * std::log(classes);
  TrainingCourse course;
  for (size_t i = 0; i < losses.size(); ++i) {
    const bool on_plateau = losses[i] >= limit;
    if (!course.escape_epoch) {
      const bool stays = i + 1 == losses.size() || losses[i + 1] < limit;
      if (!on_plateau && stays) course.escape_epoch = i + 1;
    } else if (on_plateau && losses[i - 1] < limit) {
      course.collapses.push_back(i + 1);
    }
  }
  course.ended_on_plateau = losses.back() >= limit;
  return course;
}

std::string CourseText(const TrainingCourse& course) {
  std::string text = course.escape_epoch ? absl::StrCat("escaped in epoch ",
                                                        *course.escape_epoch)
                                         : "never escaped";
  for (const uint32_t epoch : course.collapses) {
    absl::StrAppend(&text, ", collapsed in ", epoch);
  }
  if (course.ended_on_plateau) text += ", ended on the plateau";
  return text;
}

}  // namespace robbench
