// Tests that the cells of the NTK study that Bazel reads are those that the
// seed draws.
// Without @nasrobbench201 every test here is skipped by name.
#include "analysis/studies/ntk/ntk_sample.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis/published/published_table_fixture.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kSpecPath[] = "analysis/specs/ntk_study.textproto";

class NtkSampleGolden : public PublishedTableFixture {
 protected:
  void SetUp() override {
    PublishedTableFixture::SetUp();
    const auto spec = ReadTextProto<NtkStudySpec>(kSpecPath);
    ASSERT_TRUE(spec.ok()) << spec.status();
    spec_ = spec->message;
  }

  std::vector<int> Draw() {
    const auto drawn = DrawNtkSample(table(), kSpecPath, spec_);
    EXPECT_TRUE(drawn.ok()) << drawn.status();
    return drawn.ok() ? *drawn : std::vector<int>();
  }

  NtkStudySpec spec_;
};

TEST_F(NtkSampleGolden, ListOfBazelEqualsTheDrawnOne) {
  const std::vector<int> drawn = Draw();
  const size_t per_row = spec_.sample().cells_per_stratum();
  std::string expected;
  for (size_t i = 0; i < drawn.size(); ++i) {
    absl::StrAppend(&expected, drawn[i], (i + 1) % per_row == 0 ? "\n" : " ");
  }
  const std::string file =
      ReadFile("analysis/studies/ntk/ntk_sample.bzl").value();
  const std::vector<std::string> parts =
      absl::StrSplit(file, "_INDICES = \"\"\"\n");
  ASSERT_EQ(parts.size(), 2);
  EXPECT_EQ(parts[1].substr(0, parts[1].find("\"\"\"")), expected);
}

// Sorted by accuracy, the sample follows the strata: of n cells, the one of
// rank i lies in stratum i n_strata / n of the table's order.
TEST_F(NtkSampleGolden, EveryStratumOfAccuracyIsThere) {
  const std::vector<int> drawn = Draw();
  ASSERT_GE(drawn.size(), 200);
  EXPECT_EQ(std::set<int>(drawn.begin(), drawn.end()).size(), drawn.size());
  const Column* pgd = *table().Get("cifar10", "pgd_8");
  std::vector<double> all(pgd->mean().begin(), pgd->mean().end());
  std::sort(all.begin(), all.end());
  const int per_stratum = spec_.sample().cells_per_stratum();
  const int strata = spec_.sample().strata();
  for (size_t i = 0; i < drawn.size(); ++i) {
    const double value =
        pgd->mean(*table().Position(*Cell::FromIndex(drawn[i])));
    const int stratum = i / per_stratum;
    EXPECT_GE(value, all[stratum * all.size() / strata]);
    EXPECT_LE(value, all[(stratum + 1) * all.size() / strata - 1]);
  }
}

TEST_F(NtkSampleGolden, FewerCellsAStratumAreTheFirstOfEach) {
  const std::vector<int> drawn = Draw();
  spec_.mutable_sample()->set_cells_per_stratum(3);
  const std::vector<int> fewer = Draw();
  ASSERT_EQ(fewer.size(), 3 * spec_.sample().strata());
  for (size_t i = 0; i < fewer.size(); ++i) {
    EXPECT_EQ(fewer[i], drawn[i / 3 * 10 + i % 3]);
  }
}

TEST_F(NtkSampleGolden, AnotherSeedDrawsOthers) {
  const std::vector<int> drawn = Draw();
  spec_.mutable_sample()->set_seed(6);
  EXPECT_NE(Draw(), drawn);
}

TEST_F(NtkSampleGolden, RefusesWhatCannotBeDrawn) {
  NtkStudySpec bad = spec_;
  bad.mutable_sample()->set_cells_per_stratum(308);
  EXPECT_THAT(std::string(DrawNtkSample(table(), "s", bad).status().message()),
              AllOf(HasSubstr("s: field sample.cells_per_stratum"),
                    HasSubstr("1 to 307")));
  bad = spec_;
  bad.mutable_sample()->set_strata(0);
  EXPECT_THAT(std::string(DrawNtkSample(table(), "s", bad).status().message()),
              HasSubstr("sample.strata"));
  bad = spec_;
  bad.mutable_sample()->set_metric("pgd_80");
  EXPECT_THAT(std::string(DrawNtkSample(table(), "s", bad).status().message()),
              HasSubstr("pgd_8"));
}

}  // namespace
}  // namespace robbench
