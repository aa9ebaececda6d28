// What mini and paper give against what is committed in analysis/golden.
//
// What no float kernel touches must be equal byte by byte: the paper's table
// (by digest), and mini's cells and costs. The paper's report is text of
// rounded numbers: a number may be off by one in its last digit, where another
// C library rounds otherwise. Mini's accuracies and scores are floating point
// through training. Where the compiler and the libraries are those that made
// the golden table (mini/numeric.txt, as third_party/host.bzl writes it), under
// its numeric profile, every byte must be equal. Elsewhere, with another
// release of LibTorch say, training goes another way: accuracies within 6
// points, NTK scores within 5 % but those that take the kernel's inverse: the
// condition number and the labels' complexity. A smallest eigenvalue may also
// be off by 1e-10 of the largest: that of a singular kernel is rounding alone.
//
// After a change that is meant: bazel run //analysis:update_golden.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/benchmark_table.h"
#include "analysis/table.pb.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"

namespace robbench {
namespace {

constexpr double kAccuracyTolerance = 0.06;
constexpr double kScoreTolerance = 0.05;
constexpr double kEigenvalueRounding = 1e-10;  // of the largest eigenvalue

std::string Read(const std::string& path) {
  auto bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *std::move(bytes) : "";
}

std::vector<std::vector<std::string>> Csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    rows.push_back(absl::StrSplit(line, ','));
  }
  return rows;
}

// What rounding alone may change of a row's column: 0 but for the smallest
// eigenvalue of a kernel.
double Rounding(const std::vector<std::string>& heads,
                const std::vector<std::string>& row, size_t column) {
  if (!absl::StrContains(heads[column], "_min_eigenvalue")) return 0;
  const std::string largest = absl::StrReplaceAll(
      heads[column], {{"_min_eigenvalue", "_max_eigenvalue"}});
  const auto found = std::find(heads.begin(), heads.end(), largest);
  double value;
  if (found == heads.end() ||
      !absl::SimpleAtod(row[found - heads.begin()], &value)) {
    return 0;
  }
  return kEigenvalueRounding * value;
}

bool IsClose(const std::string& metric, const std::string& expected,
             const std::string& found, double rounding) {
  if (expected == found) return true;
  double a, b;
  if (!absl::SimpleAtod(expected, &a) || !absl::SimpleAtod(found, &b)) {
    return false;
  }
  if (absl::StartsWith(metric, "ntk_")) {
    return absl::StrContains(metric, "condition_number") ||
           absl::StrContains(metric, "label_complexity") ||
           std::abs(a - b) <= std::max(rounding, kScoreTolerance * std::abs(a));
  }
  if (metric == "clean" || absl::StartsWith(metric, "fgsm_") ||
      absl::StartsWith(metric, "pgd_") || absl::StrContains(metric, " seed ")) {
    return std::abs(a - b) <= kAccuracyTolerance;
  }
  return false;  // identities and costs
}

// Whether the machine and the profile are those of the golden table. Its
// kernels need AVX2 (nas/cpu_kernels.h).
bool IsGoldenMachine() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return false;
  }
#else
  return false;
#endif
  const auto table = BenchmarkTable::Read("mini_table/table.binpb");
  EXPECT_TRUE(table.ok()) << table.status();
  if (!table.ok()) return false;
  for (const Benchmark& benchmark : table->proto().benchmarks()) {
    if (benchmark.numeric_profile() != "portable") return false;
  }
  return Read("tools/golden_host.txt") ==
         Read("analysis/golden/mini/numeric.txt");
}

TEST(Golden, Mini) {
  if (!ReadFile("analysis/golden/mini/table.csv").ok()) {
    GTEST_SKIP() << "nothing is committed: bazel run //analysis:update_golden";
  }
  const auto expected = Csv(Read("analysis/golden/mini/table.csv"));
  const auto found = Csv(Read("mini_table/table.csv"));
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(found.size(), expected.size());
  ASSERT_EQ(found[0], expected[0]);
  int different = 0;
  for (size_t r = 1; r < expected.size(); ++r) {
    ASSERT_EQ(found[r].size(), expected[r].size());
    for (size_t c = 0; c < expected[r].size(); ++c) {
      different += found[r][c] != expected[r][c];
      EXPECT_TRUE(IsClose(expected[0][c], expected[r][c], found[r][c],
                          Rounding(expected[0], expected[r], c)))
          << "cell " << expected[r][1] << ", " << expected[0][c]
          << ": expected " << expected[r][c] << ", found " << found[r][c];
    }
  }
  RecordProperty("values_that_differ", different);
  if (IsGoldenMachine()) {
    EXPECT_EQ(different, 0);
  }
}

// "12.3" as 123 and one digit behind the point; false for other words.
bool ParseDecimal(absl::string_view word, double* value, int* digits) {
  const std::string text(word);
  if (!absl::SimpleAtod(text, value)) return false;
  const size_t point = text.find('.');
  *digits = point == std::string::npos
                ? 0
                : static_cast<int>(text.size() - point - 1);
  return true;
}

bool IsSameWord(absl::string_view expected, absl::string_view found) {
  if (expected == found) return true;
  double a, b;
  int a_digits, b_digits;
  return ParseDecimal(expected, &a, &a_digits) &&
         ParseDecimal(found, &b, &b_digits) && a_digits == b_digits &&
         a_digits > 0 && std::abs(a - b) < 1.5 * std::pow(10, -a_digits);
}

TEST(Golden, Paper) {
  if (std::getenv("PAPER") == nullptr) {
    GTEST_SKIP() << "the published table is not here (ROBBENCH_DATA)";
  }
  for (const auto line : absl::StrSplit(
           Read("analysis/golden/paper/SHA256SUMS"), '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, "  ");
    ASSERT_EQ(parts.size(), 2) << line;
    EXPECT_EQ(Sha256(Read(parts[1])), parts[0]) << parts[1];
  }
  const std::vector<std::string> expected =
      absl::StrSplit(Read("analysis/golden/paper/tables.md"), '\n');
  const std::vector<std::string> found =
      absl::StrSplit(Read("paper_report/tables.md"), '\n');
  ASSERT_GT(expected.size(), 50);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    if (found[i] == expected[i]) continue;
    const std::vector<std::string> a = absl::StrSplit(expected[i], ' ');
    const std::vector<std::string> b = absl::StrSplit(found[i], ' ');
    ASSERT_EQ(a.size(), b.size()) << expected[i] << "\n" << found[i];
    for (size_t w = 0; w < a.size(); ++w) {
      EXPECT_TRUE(IsSameWord(a[w], b[w]))
          << "line " << i + 1 << ": expected " << a[w] << ", found " << b[w];
    }
  }
}

}  // namespace
}  // namespace robbench
