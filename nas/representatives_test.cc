// The list of representatives that Bazel reads is the computed one.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nas/base/file.h"
#include "nas/isomorphism.h"

namespace robbench {
namespace {

TEST(RepresentativesTest, ListOfBazelEqualsTheComputedOne) {
  const std::string file = ReadFile("nas/representatives.bzl").value();
  const std::vector<std::string> parts =
      absl::StrSplit(file, "_INDICES = \"\"\"\n");
  ASSERT_EQ(parts.size(), 2);
  const std::string list = parts[1].substr(0, parts[1].find("\n\"\"\""));
  std::vector<int> found;
  for (absl::string_view word : absl::StrSplit(list, absl::ByAnyChar(" \n"))) {
    ASSERT_TRUE(absl::SimpleAtoi(word, &found.emplace_back())) << word;
  }
  const auto computed = IsomorphismClasses::Get().representatives();
  ASSERT_EQ(found.size(), computed.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i], computed[i]) << "at " << i;
  }
}

}  // namespace
}  // namespace robbench
