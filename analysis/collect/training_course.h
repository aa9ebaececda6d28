// Says how a training went from its loss by epoch.
//
// A network that has not begun to learn sits on a plateau just below the loss
// of guessing, log(classes). On CIFAR-10 that is 2.303, and the plateau of
// cells that amplify lies at 2.18 to 2.28; such a cell leaves it late or never,
// and a network that has left it may fall back.
//
//   on the plateau   loss >= kPlateauShare x log(classes)
//   escape epoch     the first epoch below it whose next one, if there is any,
//                    is below it too
//   collapse         an epoch on the plateau right behind one off it, after
//                    the escape epoch
//   failed           never escaped, collapsed, or ended on the plateau
//
// kPlateauShare was set on four trainings of CIFAR-10 by the paper's recipe
// (analysis/studies/reproduction). Cells without a path from input to output
// never escape.
#ifndef ANALYSIS_COLLECT_TRAINING_COURSE_H_
#define ANALYSIS_COLLECT_TRAINING_COURSE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// The share of log(classes) at which the plateau begins.
inline constexpr double kPlateauShare = 0.94;

// The course of one training. Epochs count from 1.
struct TrainingCourse {
  std::optional<uint32_t> escape_epoch;  // from 1; absent: never
  std::vector<uint32_t> collapses;       // epochs
  bool ended_on_plateau = false;

  bool failed() const { return ended_on_plateau || !collapses.empty(); }
};

// Says the course in words: "escaped in epoch 2, collapsed in 26, ended on the
// plateau".
std::string CourseText(const TrainingCourse& course);

// Read the course from, and write it to, a message with the fields
// escape_epoch, collapse_epochs and ended_on_plateau.
template <typename Message>
TrainingCourse CourseOf(const Message& message) {
  TrainingCourse course;
  if (message.has_escape_epoch()) course.escape_epoch = message.escape_epoch();
  course.collapses.assign(message.collapse_epochs().begin(),
                          message.collapse_epochs().end());
  course.ended_on_plateau = message.ended_on_plateau();
  return course;
}

template <typename Message>
void SetCourse(const TrainingCourse& course, Message& message) {
  if (course.escape_epoch) message.set_escape_epoch(*course.escape_epoch);
  for (const uint32_t epoch : course.collapses) {
    message.add_collapse_epochs(epoch);
  }
  message.set_ended_on_plateau(course.ended_on_plateau);
}

// Returns the course of a training with these losses by epoch, in nats. There
// must be one epoch and two classes at least; this is CHECKed.
TrainingCourse ReadCourse(absl::Span<const double> losses, uint32_t classes);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_TRAINING_COURSE_H_
