// Turns training steps that //training:pgd_benchmark measured on a device into
// the throughput that robbench plan computes hours with (throughput.proto).
#ifndef TOOLS_ROBBENCH_PLAN_MEASURED_STEPS_H_
#define TOOLS_ROBBENCH_PLAN_MEASURED_STEPS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace robbench {

// Images a second of a PGD-7 training step, by the multiply-adds of a forward
// pass of one image.
using MeasuredSteps = std::map<double, double>;

// Reads what pgd_benchmark printed with --benchmark_format=json: the steps of
// the paper's skeleton. Several texts are of runs side by side on one device,
// whose images are added up; each must have measured the same cells. `names`
// are for messages. InvalidArgument names the file and the benchmark that is
// missing, failed, or has no speed.
absl::StatusOr<MeasuredSteps> ReadMeasuredSteps(
    absl::Span<const std::string> names, absl::Span<const std::string> texts);

// Returns the multiply-adds a second that a device comes to over networks of
// these forward costs, each trained for as long as the others. The seconds of
// an image are a straight line in its multiply-adds between two measured steps;
// beyond the least and the greatest it is the rate that stays. `steps` holds
// one or more.
double MeanThroughput(const MeasuredSteps& steps,
                      absl::Span<const int64_t> forward_costs);

// Returns the forward costs of the 6,466 representatives on CIFAR-10's images.
std::vector<int64_t> RepresentativeCosts();

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_MEASURED_STEPS_H_
