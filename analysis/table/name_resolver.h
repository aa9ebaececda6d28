// Finds the data set or metric that someone means, for every command and
// reader. In this order:
//
//   1. a name that exists, letter by letter; blanks around it do not matter;
//   2. a name that differs from it in case, "_" or "-" only: CIFAR-10,
//      ImageNet16-120, PGD-8;
//   3. an alias: the authors' imagenet and imagenet16 for imagenet16_120, their
//      val_pgd_8.0_acc for pgd_8; the field's params for parameters, FLOPs and
//      MACs for multiply_adds, AA for autoattack;
//   4. of a predictor the name without "proxy_", and of those that clean images
//      are for without "_clean": snip_pgd_8 for proxy_snip_pgd_8, naswot for
//      proxy_naswot_clean.
//
// So a data set that is itself named "imagenet" is found by that name. Anything
// else is NotFound, with the nearest names and the list of those that exist.
// cifar10-valid of NAS-Bench-201, half of CIFAR-10's training images, is no
// alias, as no number here was measured on it.
#ifndef ANALYSIS_TABLE_NAME_RESOLVER_H_
#define ANALYSIS_TABLE_NAME_RESOLVER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Returns the one of `datasets` that `name` means. `where` begins the message:
// "the table" for "the table has no data set ...".
absl::StatusOr<std::string> ResolveDataset(
    absl::string_view where, absl::string_view name,
    const std::vector<std::string>& datasets);

// Returns the one of `metrics`, which are those of `dataset`, that `name`
// means.
absl::StatusOr<std::string> ResolveMetric(
    absl::string_view where, absl::string_view dataset, absl::string_view name,
    const std::vector<std::string>& metrics);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_NAME_RESOLVER_H_
