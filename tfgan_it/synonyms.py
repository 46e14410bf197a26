"""Words of other libraries and of papers, with the names that mean the same here."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Names here, the likeliest first, and words for them elsewhere, without capitals and separators.
_TABLE = (
    (
        "latent_dimension noise latent dimension",
        "latentdim latentdims latentsize nlatent zdim zsize dimz nz z noisedim noisesize",
    ),
    ("dimension latent_dimension width", "dim dims ndim embeddingdim"),
    ("learning_rate", "lr rate stepsize eta baselr initiallr"),
    ("generator_optimizer learning_rate", "lrg glr genlr generatorlr generatorlearningrate"),
    (
        "discriminator_learning_rate discriminator_optimizer learning_rate",
        "lrd dlr disclr criticlr discriminatorlr disclearningrate",
    ),
    (
        "epochs steps",
        "epochs epoch nepochs nepoch numepochs maxepochs iterations iters niter niters numiter "
        "numiterations maxiter maxsteps nsteps numsteps totalsteps trainsteps updates nimg kimg",
    ),
    ("batch_size", "batch bs batches minibatch nbatch batchsz"),
    (
        "samples metrics_samples n",
        "samples nsamples numsamples n num number nimages numimages",
    ),
    (
        "width hidden",
        "ngf ndf nf nfilters filters channels basechannels featuremaps units hiddendim hiddensize",
    ),
    ("depth blocks hidden", "layers nlayers numlayers"),
    ("image_size size sample_shape shape", "imgsize imsize imagedim resolution res crop"),
    ("sample_shape shape image_size", "imageshape imgshape inputshape"),
    ("dataset files_dir", "data datadir dataroot datapath traindata datasetname"),
    (
        "run_dir out folder export_dir",
        "outdir outputdir output savedir logdir resultsdir workdir experiment expname",
    ),
    (
        "discriminator_steps neighbors",
        "ncritic criticsteps criticiters dsteps discsteps ndis numdsteps discriminatoriters k",
    ),
    ("neighbors", "nneighbors numneighbors kneighbors knn"),
    (
        "lambda_ weight gamma beta",
        "lambda lambd lamda lam gpweight lambdagp gplambda coefficient coeff coef strength",
    ),
    (
        "lambda_information information weight beta",
        "infoweight lambdainfo infolambda infocoeff lambdac",
    ),
    ("classes num_classes categories", "nclasses nclass numlabels"),
    ("categories classes num_classes", "numclasses numcategories ncategories ncat catdim disccdim"),
    ("num_clusters categories", "nclusters clusters"),
    ("continuous", "ncont contdim numcontinuous contcdim ccdim"),
    ("moving_average decay", "ema emadecay emabeta useema averaging"),
    ("seed seeds", "randomstate randomseed manualseed rng"),
    ("beta_1", "b1 beta1"),
    ("beta_2 decay", "b2 beta2 momentum"),
    ("clip_norm limit", "clip clipnorm gradclip maxgradnorm"),
    ("limit clip_norm", "clipvalue weightclip"),
    ("precision dtype", "fp16 amp mixedprecision dtype policy"),
    ("strategy", "gpu gpus ngpu numgpus device distribute"),
    ("resume init_from model", "checkpoint ckpt restore loadmodel pretrained"),
    ("recipe recipes model", "arch architecture gan gantype system modelname"),
    ("workers", "nworkers numworkers njobs processes"),
    ("optimizer generator_optimizer", "optim opt solver"),
    ("generator_optimizer optimizer", "goptimizer optimizerg optg"),
    ("discriminator_optimizer optimizer", "doptimizer optimizerd optd"),
    ("schedule", "scheduler lrschedule lrscheduler"),
    ("loss", "criterion lossfn objective ganmode losstype"),
    ("conditions condition labels", "conditional label labels y"),
    ("augmentation augment", "augment augmentation diffaugment aug"),
    ("mirror", "flip xflip hflip horizontalflip"),
    ("save_every every", "saveinterval savefreq snap checkpointevery"),
    ("log_every every", "loginterval logfreq printfreq verbose"),
    ("sample_every every", "sampleinterval samplefreq displayfreq"),
    ("metrics_every every", "evalevery evalfreq evalinterval"),
    ("every", "interval freq frequency period"),
    ("metrics measures", "fid metric measures"),
    ("patience", "earlystopping"),
    ("temperature", "tau temp"),
    ("bins num_bins", "nbins numbins"),
    ("base", "logbase"),
    ("scale std stddev minimum_scale", "sigma std stddev"),
    ("pack_size", "pac"),
    ("label_smoothing", "smoothing onesidedlabelsmoothing"),
    ("log_to", "wandb mlflow tracker logger"),
    ("jit jit_compile", "xla compile"),
)
SYNONYMS = {word: names.split() for names, words in _TABLE for word in words.split()}


def synonyms(name: object, allowed: Iterable[str]) -> list[str]:
    """Returns the allowed names that mean what a word means elsewhere, the likeliest first.

    A name that differs only in capitals, hyphens or underscores counts as one.

    Example:

    >>> synonyms("z_dim", ["noise", "width"]), synonyms("batchSize", ["batch_size"])
    (['noise'], ['batch_size'])
    """
    names, word = list(allowed), re.sub(r"[\W_]", "", str(name).lower())
    same = [each for each in names if word and re.sub(r"[\W_]", "", each.lower()) == word]
    return list(dict.fromkeys(same + [each for each in SYNONYMS.get(word, ()) if each in names]))
