// Tests that the committed training-free scores go with the published
// accuracies as SciPy says (testdata/make_predictor_study_golden.py). Without
// @nasrobbench201, what needs the table is skipped by name.
#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "analysis/published/published_table_fixture.h"
#include "analysis/studies/predictor/predictor_study.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/predictor_scores.h"
#include "analysis/table/predictor_scores.pb.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/text_proto.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

constexpr char kScoresPath[] =
    "analysis/golden/predictor_study/scores.textproto";
constexpr char kSpecPath[] = "analysis/specs/predictor_study.textproto";
constexpr char kProxiesPath[] = "ntk/specs/proxies.textproto";
constexpr char kGoldenPath[] =
    "analysis/studies/predictor/testdata/predictor_study_golden.json";

PredictorScores ReadScores() {
  auto scores = ReadTextProto<PredictorScores>(kScoresPath);
  EXPECT_TRUE(scores.ok()) << scores.status();
  const absl::Status status =
      CheckPredictorScores(kScoresPath, scores->message);
  EXPECT_TRUE(status.ok()) << status;
  return scores->message;
}

// Returns the cells of the list that Bazel reads.
std::set<uint32_t> SampledCells() {
  const std::string file =
      ReadFile("analysis/studies/ntk/ntk_sample.bzl").value();
  const std::string list =
      std::vector<std::string>(absl::StrSplit(file, "_INDICES = \"\"\"\n"))[1];
  std::set<uint32_t> cells;
  for (const auto word : absl::StrSplit(list.substr(0, list.find("\n\"\"\"")),
                                        absl::ByAnyChar(" \n"))) {
    cells.insert(std::stoul(std::string(word)));
  }
  return cells;
}

TEST(PredictorStudyScores, AreOfTheSampleAndTheSpec) {
  const PredictorScores scores = ReadScores();
  EXPECT_EQ(std::set<uint32_t>(scores.cells().begin(), scores.cells().end()),
            SampledCells());
  EXPECT_EQ(scores.seeds_size(), 1);
  EXPECT_TRUE(scores.dead_cells().empty());
  EXPECT_EQ(PrintScores(scores), ReadFile(kScoresPath).value());
  for (const InputDigest& input : scores.provenance().inputs()) {
    if (input.role() != "spec") continue;
    EXPECT_EQ(input.sha256(), Sha256(ReadFile(kProxiesPath).value()))
        << kProxiesPath << " has changed: the study has to run again";
  }
}

class PredictorStudyGolden : public PublishedTableFixture {
 protected:
  void SetUp() override {
    PublishedTableFixture::SetUp();
    if (!has_table()) return;
    static const PredictorStudy* const study = new PredictorStudy(
        ComputePredictorStudy(
            table(), kSpecPath,
            ReadTextProto<PredictorStudySpec>(kSpecPath).value().message,
            kScoresPath, ReadScores())
            .value());
    study_ = study;
  }

  // Returns the predictor's result with the main metric on a data set.
  const PredictorResult& Find(const std::string& score,
                              const std::string& images,
                              const std::string& dataset) const {
    for (const Predictor& predictor : study_->predictors()) {
      if (predictor.name() != score || predictor.images() != images) continue;
      for (const int m : MainResults(*study_)) {
        if (predictor.results(m).metric().dataset() == dataset) {
          return predictor.results(m);
        }
      }
    }
    ADD_FAILURE() << score << " " << images << " " << dataset;
    return study_->random(0);
  }

  const PredictorStudy* study_ = nullptr;
};

void ExpectEqual(bool has, const PredictorEstimate& found,
                 const nlohmann::json& entry, const char* field) {
  ASSERT_EQ(has, !entry[field].is_null()) << field << " of " << entry;
  if (!has) return;
  EXPECT_NEAR(found.value(), entry[field], 1e-11) << field << " of " << entry;
}

TEST_F(PredictorStudyGolden, EqualsSciPy) {
  std::ifstream file(kGoldenPath);
  const auto golden = nlohmann::json::parse(file);
  int coefficients = 0, intervals = 0;
  for (const auto& entry : golden) {
    if (entry.contains("joint_errors")) {
      // This is the quantile of a maximum, which 1,000 resamples estimate
      // coarsely.
      EXPECT_NEAR(study_->joint_errors() / entry["joint_errors"].get<double>(),
                  1, .12);
      EXPECT_EQ(study_->comparisons(), entry["comparisons"]);
      continue;
    }
    const PredictorResult& found =
        Find(entry["score"], entry["images"], entry["dataset"]);
    ExpectEqual(found.has_spearman(), found.spearman(), entry, "spearman");
    ExpectEqual(found.has_kendall(), found.kendall(), entry, "kendall");
    ExpectEqual(found.has_partial(), found.partial(), entry, "partial");
    ExpectEqual(found.has_best_quarter(), found.best_quarter(), entry,
                "best_quarter");
    ++coefficients;
    ASSERT_EQ(found.spearman().has_interval(), entry.contains("interval"))
        << entry;
    if (!entry.contains("interval")) continue;
    // Percentiles of some thousand resamples are uncertain to .01.
    EXPECT_NEAR(found.spearman().interval().low(), entry["interval"][0], .03)
        << entry;
    EXPECT_NEAR(found.spearman().interval().high(), entry["interval"][1], .03)
        << entry;
    ++intervals;
  }
  EXPECT_EQ(coefficients, 3 * 78);
  EXPECT_GT(intervals, 3 * 70);
}

}  // namespace
}  // namespace robbench
