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
// points, NTK scores within 5 %; a smallest eigenvalue may also be off by 1e-10
// of the largest, as that of a singular kernel is rounding alone. Scores that
// take the kernel's inverse (condition number, labels' complexity) are held
// against the eigenvalues of their own row: equal to the quotient of largest
// and smallest, and between the bounds that these two set.
//
// Claims are what they were: verdict, rule, evidence and words of each, and the
// findings; elsewhere the same of those that rest on the published table alone,
// with numbers and words as near as those of the report.
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
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"

namespace robbench {
namespace {

constexpr double kAccuracyTolerance = 0.06;
constexpr double kScoreTolerance = 0.05;
constexpr double kEigenvalueRounding = 1e-10;  // of the largest eigenvalue
constexpr double kNtkImages = 32;              // ntk/specs/mini.textproto

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

// ExpectInverses has bounds for these.
bool TakesInverse(absl::string_view metric) {
  return absl::StrContains(metric, "condition_number") ||
         absl::StrContains(metric, "label_complexity");
}

// The row's condition numbers and label complexities by seed fit the smallest
// and largest eigenvalues beside them. With targets of +-1 an image, the
// complexity is a mean of y' K^-1 y with y'y = images. The cross kernel is not
// semi-definite: its smallest |eigenvalue| is not in the row.
void ExpectInverses(const std::vector<std::string>& heads,
                    const std::vector<std::string>& row) {
  const auto number = [&](const std::string& kernel, const std::string& score,
                          int seed) {
    const auto found =
        std::find(heads.begin(), heads.end(),
                  absl::StrCat("ntk_", kernel, "_", score, " seed ", seed));
    double value = NAN;
    EXPECT_TRUE(found != heads.end() &&
                absl::SimpleAtod(row[found - heads.begin()], &value))
        << kernel << " " << score << " seed " << seed;
    return value;
  };
  for (const std::string kernel : {"clean", "cross", "robust"}) {
    for (const int seed : {0, 1}) {
      const std::string where =
          absl::StrCat("cell ", row[1], ", ", kernel, ", seed ", seed);
      const double least = number(kernel, "min_eigenvalue", seed);
      const double largest = number(kernel, "max_eigenvalue", seed);
      const double condition = number(kernel, "condition_number", seed);
      const double complexity = number(kernel, "label_complexity", seed);
      if (std::isinf(condition)) {  // singular
        EXPECT_LE(std::abs(least), kEigenvalueRounding * largest) << where;
        EXPECT_EQ(complexity, INFINITY) << where;
        continue;
      }
      const double top = std::max(largest, std::abs(least));
      EXPECT_LE(std::abs(complexity), kNtkImages * condition / top * (1 + 1e-9))
          << where;
      if (kernel == "cross") {
        EXPECT_GE(condition * (1 + 1e-9),
                  top / std::min(largest, std::abs(least)))
            << where;
        continue;
      }
      EXPECT_NEAR(condition, largest / least, 1e-9 * condition) << where;
      EXPECT_GE(complexity * (1 + 1e-9), kNtkImages / largest) << where;
    }
  }
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
    return TakesInverse(metric) ||
           std::abs(a - b) <= std::max(rounding, kScoreTolerance * std::abs(a));
  }
  if (metric == "clean" || absl::StartsWith(metric, "fgsm_") ||
      absl::StartsWith(metric, "pgd_") || absl::StrContains(metric, " seed ")) {
    return std::abs(a - b) <= kAccuracyTolerance;
  }
  return false;  // identities and costs
}

// Whether the machine and the profile are those of the golden table. Its
// kernels need AVX2 (nas/cpu/cpu_kernels.h).
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
  return Read("tools/tests/golden_host.txt") ==
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
    ExpectInverses(found[0], found[r]);
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

// These rest on networks that were trained here.
bool IsOfTrainings(const Claim& claim) {
  return claim.id() == "ntk_bounds_errors" ||
         claim.id() == "gradients_are_not_obfuscated";
}

// Lines of the paper's tables that show them, and what the studies of the
// theory are.
bool IsOfTrainings(absl::string_view line, absl::string_view title) {
  return absl::StrContains(title, "Theory:") ||
         absl::StrContains(line, "generalisation error") ||
         absl::StrContains(line, "obfuscated gradients") ||
         absl::StrContains(line, "ntk\\_bounds\\_errors") ||
         absl::StrContains(line, "gradients\\_are\\_not\\_obfuscated");
}

void ExpectSameWords(absl::string_view expected, absl::string_view found,
                     const std::string& where) {
  const std::vector<std::string> a = absl::StrSplit(expected, ' ');
  const std::vector<std::string> b = absl::StrSplit(found, ' ');
  ASSERT_EQ(a.size(), b.size()) << where << expected << "\n" << found;
  for (size_t w = 0; w < a.size(); ++w) {
    EXPECT_TRUE(IsSameWord(a[w], b[w]))
        << where << "expected " << a[w] << ", found " << b[w];
  }
}

Claims ReadClaims(const std::string& path) {
  Claims claims;
  const auto status =
      google::protobuf::util::JsonStringToMessage(Read(path), &claims);
  EXPECT_TRUE(status.ok()) << path << ": " << status.ToString();
  return claims;
}

void ExpectSameEvidence(
    const google::protobuf::RepeatedPtrField<Estimate>& expected,
    const google::protobuf::RepeatedPtrField<Estimate>& found,
    const std::string& where) {
  ASSERT_EQ(found.size(), expected.size()) << where;
  for (int i = 0; i < expected.size(); ++i) {
    const Estimate &a = expected[i], &b = found[i];
    const std::string at = absl::StrCat(where, ", ", a.id(), ": ");
    EXPECT_EQ(b.id(), a.id()) << at;
    EXPECT_EQ(b.unit(), a.unit()) << at;
    EXPECT_EQ(b.has_low(), a.has_low()) << at;
    ExpectSameWords(a.protocol(), b.protocol(), at);
    for (const auto& [x, y] :
         {std::pair(a.value(), b.value()), std::pair(a.low(), b.low()),
          std::pair(a.high(), b.high())}) {
      EXPECT_NEAR(y, x, 1e-6 * std::max(1.0, std::abs(x))) << at;
    }
  }
}

void ExpectSameClaim(const Claim& expected, const Claim& found) {
  EXPECT_EQ(found.verdict(), expected.verdict()) << expected.id();
  EXPECT_EQ(found.rule().SerializeAsString(),
            expected.rule().SerializeAsString())
      << expected.id();
  EXPECT_EQ(found.not_covered(), expected.not_covered());
  ExpectSameWords(expected.reason(), found.reason(), expected.id() + ": ");
  ASSERT_EQ(found.parts_size(), expected.parts_size()) << expected.id();
  for (int i = 0; i < expected.parts_size(); ++i) {
    const Claim::Part &a = expected.parts(i), &b = found.parts(i);
    const std::string where = absl::StrCat(expected.id(), ", ", a.scope());
    EXPECT_EQ(b.scope(), a.scope()) << where;
    EXPECT_EQ(b.verdict(), a.verdict()) << where;
    ExpectSameEvidence(a.evidence(), b.evidence(), where);
  }
}

// All of them as a text to compare, whatever they were computed from.
std::string WithoutProvenance(Claims claims) {
  claims.clear_provenance();
  return claims.DebugString();
}

void ExpectSameClaims(const Claims& expected, const Claims& found,
                      bool trained_alike) {
  if (trained_alike) {
    EXPECT_EQ(WithoutProvenance(found), WithoutProvenance(expected));
    return;
  }
  ASSERT_EQ(found.claims_size(), expected.claims_size());
  for (int i = 0; i < expected.claims_size(); ++i) {
    ASSERT_EQ(found.claims(i).id(), expected.claims(i).id());
    if (IsOfTrainings(expected.claims(i))) continue;
    ExpectSameClaim(expected.claims(i), found.claims(i));
  }
  ASSERT_EQ(found.findings_size(), expected.findings_size());
  for (int i = 0; i < expected.findings_size(); ++i) {
    const Finding &a = expected.findings(i), &b = found.findings(i);
    EXPECT_EQ(b.heading(), a.heading());
    ExpectSameWords(a.text(), b.text(), a.heading() + ": ");
    ExpectSameEvidence(a.evidence(), b.evidence(), a.heading());
  }
}

TEST(Golden, MiniClaims) {
  const Claims expected = ReadClaims("analysis/golden/mini/claims.json");
  const Claims found = ReadClaims("mini_claims/claims.json");
  if (IsGoldenMachine()) {
    EXPECT_EQ(WithoutProvenance(found), WithoutProvenance(expected));
    return;
  }
  // Elsewhere training goes another way, and verdicts may; not what is asked.
  ASSERT_EQ(found.claims_size(), expected.claims_size());
  for (int i = 0; i < expected.claims_size(); ++i) {
    EXPECT_EQ(found.claims(i).id(), expected.claims(i).id());
    EXPECT_EQ(found.claims(i).rule().SerializeAsString(),
              expected.claims(i).rule().SerializeAsString());
    EXPECT_EQ(found.claims(i).parts_size(), expected.claims(i).parts_size());
  }
}

TEST(Golden, PaperClaims) {
  if (std::getenv("PAPER") == nullptr) {
    GTEST_SKIP() << "the published table is not here (ROBBENCH_DATA)";
  }
  ExpectSameClaims(ReadClaims("analysis/golden/paper/claims.json"),
                   ReadClaims("paper_claims/claims.json"), IsGoldenMachine());
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
  const bool trained_alike = IsGoldenMachine();
  std::string title;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (absl::StartsWith(expected[i], "## ")) title = expected[i];
    if (found[i] == expected[i]) continue;
    if (!trained_alike && IsOfTrainings(expected[i], title)) continue;
    ExpectSameWords(expected[i], found[i], absl::StrCat("line ", i + 1, ": "));
  }
}

}  // namespace
}  // namespace robbench
