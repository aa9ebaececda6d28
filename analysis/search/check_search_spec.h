// Checks the numbers of a SearchSpec, before the columns that it names are
// looked up.
#ifndef ANALYSIS_SEARCH_CHECK_SEARCH_SPEC_H_
#define ANALYSIS_SEARCH_CHECK_SEARCH_SPEC_H_

#include <string>

#include "absl/status/status.h"
#include "analysis/search/search.pb.h"

namespace robbench {

// Returns InvalidArgument, naming `spec_path`, field, expected and found, for a
// spec that cannot be run on a table of `num_rows` classes.
absl::Status CheckSearchSpec(const std::string& spec_path,
                             const SearchSpec& spec, int num_rows);

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_CHECK_SEARCH_SPEC_H_
