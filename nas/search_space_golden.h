// For tests: testdata/search_space.json, made by search_space.py.
#ifndef NAS_SEARCH_SPACE_GOLDEN_H_
#define NAS_SEARCH_SPACE_GOLDEN_H_

#include <fstream>

#include "glog/logging.h"
#include "nlohmann/json.hpp"

namespace robbench {

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
