// Warns of perturbations in the wrong unit. Their lengths are in units of 1/255
// everywhere. Somebody who writes 0.031 for 8/255, as other programs want it,
// gets an attack that does nothing. That is valid input, so it is a warning and
// not an error.
#ifndef NAS_BASE_UNIT_WARNING_H_
#define NAS_BASE_UNIT_WARNING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

// Adds a line that begins with `field` for an epsilon below 1, and for a step
// below 1 whose steps together do not reach epsilon (the paper's PGD at 3/255
// has steps of 0.375/255, which do). A step of 0 stands for an attack without.
void AddUnitWarnings(absl::string_view field, double epsilon, double step_size,
                     uint32_t steps, std::vector<std::string>& warnings);

// Prints each warning to standard error as a line "warning: FILE: WARNING".
void PrintWarnings(absl::string_view file,
                   const std::vector<std::string>& warnings);

}  // namespace robbench

#endif  // NAS_BASE_UNIT_WARNING_H_
