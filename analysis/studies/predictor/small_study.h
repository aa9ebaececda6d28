// A small study of predictors for tests: parameters, a score and a combination
// on two data sets.
#ifndef ANALYSIS_STUDIES_PREDICTOR_SMALL_STUDY_H_
#define ANALYSIS_STUDIES_PREDICTOR_SMALL_STUDY_H_

#include "analysis/studies/predictor/predictor_study.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace robbench {

// Of the metrics clean and pgd_8, pgd_8 is the main one. On CIFAR-10 ZiCo has a
// coefficient of 0.75 and parameters have one of 0.5; on CIFAR-100 0.5 and
// 0.25. Both joint intervals go from 0.125 to 0.375.
inline PredictorStudy SmallPredictorStudy() {
  PredictorStudy study;
  // Fields that a study has to have and no test reads are missing.
  google::protobuf::TextFormat::Parser parser;
  parser.AllowPartialMessage(true);
  EXPECT_TRUE(parser.ParseFromString(
      R"pb(
        spec {
          datasets: "cifar10"
          datasets: "cifar100"
          metrics: "clean"
          metrics: "pgd_8"
          main_metric: "pgd_8"
          sizes: 1
          sizes: 20
          least_gain: 0.05
          labels: 10
          label_repeats: 100
        }
        dataset: "cifar10"
        scores_spec { images: 64 }
        seeds: 0
        seeds: 1
        cells: 200
        comparisons: 4
        noises {
          metric { dataset: "cifar10" metric: "pgd_8" }
          resolution: 0.0125
          spearman { value: 0.96875 }
          partial { value: 0.9375 }
          best_quarter { value: 0.875 }
          cuts { size: 20 precision: 0.9 regret: 0.001 }
        }
        random { metric { dataset: "cifar10" metric: "clean" } }
        random {
          metric { dataset: "cifar10" metric: "pgd_8" }
          cuts { size: 1 precision: 0.005 regret: 0.125 }
          cuts { size: 20 precision: 0.1 regret: 0.0625 }
        }
        random { metric { dataset: "cifar100" metric: "clean" } }
        random { metric { dataset: "cifar100" metric: "pgd_8" } }
        predictors {
          kind: COUNT
          name: "parameters"
          cost { passes: 0 multiply_adds: 0 }
          seconds { value: 0 }
          results { metric { dataset: "cifar10" metric: "clean" } }
          results {
            metric { dataset: "cifar10" metric: "pgd_8" }
            spearman {
              value: 0.5
              interval { low: 0.375 high: 0.625 }
            }
            cuts { size: 1 precision: 0 regret: 0.03125 }
            cuts { size: 20 precision: 0.25 regret: 0.016 }
          }
          results { metric { dataset: "cifar100" metric: "clean" } }
          results {
            metric { dataset: "cifar100" metric: "pgd_8" }
            spearman { value: 0.25 }
          }
        }
        predictors {
          kind: SCORE
          name: "zico"
          images: "pgd_8"
          cost { passes: 3 multiply_adds: 1.5e10 }
          seconds { value: 1.75 }
          seed_agreement { value: 0.625 }
          results {
            metric { dataset: "cifar10" metric: "clean" }
            spearman { value: 0.125 }
          }
          results {
            metric { dataset: "cifar10" metric: "pgd_8" }
            spearman {
              value: 0.75
              interval { low: 0.6875 high: 0.8125 }
            }
            partial { value: -0.25 }
            cuts { size: 20 precision: 0.5 regret: 0.0075 }
            gain {
              difference: 0.25
              low: 0.1875
              high: 0.3125
              joint { low: 0.125 high: 0.375 outcome: BETTER_THAN_PARAMETERS }
            }
          }
          results { metric { dataset: "cifar100" metric: "clean" } }
          results {
            metric { dataset: "cifar100" metric: "pgd_8" }
            spearman { value: 0.5 }
            gain {
              difference: 0.25
              low: 0.1875
              high: 0.3125
              joint { low: 0.125 high: 0.375 outcome: BETTER_THAN_PARAMETERS }
            }
          }
        }
        predictors {
          kind: COMBINATION
          name: "all"
          members: 0
          members: 1
          results { metric { dataset: "cifar10" metric: "clean" } }
          results {
            metric { dataset: "cifar10" metric: "pgd_8" }
            learning { labels: 10 spearman: 0.375 low: 0.25 high: 0.5 }
          }
          results { metric { dataset: "cifar100" metric: "clean" } }
          results { metric { dataset: "cifar100" metric: "pgd_8" } }
        }
        joint_errors: 3
      )pb",
      &study));
  return study;
}

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_SMALL_STUDY_H_
