// Gives tests the golden file nas/testdata/search_space.json. It was made by
// nas/testdata/search_space.py, which computes the search space independently
// in Python: codes in official order, classes, and the costs and parameter
// names of some cells.
#ifndef NAS_SEARCH_SPACE_GOLDEN_H_
#define NAS_SEARCH_SPACE_GOLDEN_H_

#include <fstream>

#include "glog/logging.h"
#include "nlohmann/json.hpp"

namespace robbench {

// Returns the parsed file, which is read on first use and lives as long as the
// program. CHECKs that it is there.
inline const nlohmann::json& SearchSpaceGolden() {
  static const auto* const golden = [] {
    std::ifstream file("nas/testdata/search_space.json");
    CHECK(file.good()) << "run from the repository's root, as Bazel does";
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *golden;
}

}  // namespace robbench

#endif  // NAS_SEARCH_SPACE_GOLDEN_H_
