"""Authors and venues of publications, for their entries in a bibliography.

A publication that is not here is cited by what docstrings say of it.
"""

from __future__ import annotations

from typing import NamedTuple

NEURIPS = "Advances in Neural Information Processing Systems"
ICML = "International Conference on Machine Learning"
ICLR = "International Conference on Learning Representations"
CVPR = "IEEE/CVF Conference on Computer Vision and Pattern Recognition"
ECCV = "European Conference on Computer Vision"
ICCV = "IEEE/CVF International Conference on Computer Vision"
WACV = "IEEE/CVF Winter Conference on Applications of Computer Vision"
AAAI = "AAAI Conference on Artificial Intelligence"
AISTATS = "International Conference on Artificial Intelligence and Statistics"
THEORY = "IEEE Transactions on Information Theory"
ANNALS = "The Annals of Mathematical Statistics"
CONFERENCES = frozenset([NEURIPS, ICML, ICLR, CVPR, ECCV, ICCV, WACV, AAAI, AISTATS])


class Publication(NamedTuple):
    """What docstrings leave out of a publication.

    Attributes:
        venue: Name of the journal or of the conference.
        authors: All names, joined by commas; empty where they are more than six.
    """

    venue: str
    authors: str = ""

    @property
    def field(self) -> str:
        """BibTeX's field of the venue."""
        return "booktitle" if self.venue in CONFERENCES else "journal"

    @property
    def kind(self) -> str:
        """BibTeX's kind of entry."""
        return "inproceedings" if self.venue in CONFERENCES else "article"


def _arxiv(number: str) -> str:
    return f"arXiv preprint arXiv:{number}"


_ROWS = (
    ("ahmed1989entropy", THEORY, "Nabil Ali Ahmed, D. V. Gokhale"),
    ("alemi2017deep", ICLR, "Alexander A. Alemi, Ian Fischer, Joshua V. Dillon, Kevin Murphy"),
    ("alemi2018gilbo", NEURIPS, "Alexander A. Alemi, Ian Fischer"),
    (
        "arjovsky2017wasserstein",
        _arxiv("1701.07875"),
        "Martin Arjovsky, Soumith Chintala, Léon Bottou",
    ),
    ("barber2003im", NEURIPS, "David Barber, Felix Agakov"),
    ("barratt2018note", _arxiv("1801.01973"), "Shane Barratt, Rishi Sharma"),
    ("belghazi2018mutual", ICML, ""),
    (
        "bell2003co",
        "International Symposium on Independent Component Analysis and Blind Signal Separation",
        "Anthony J. Bell",
    ),
    (
        "bengio2013estimating",
        _arxiv("1308.3432"),
        "Yoshua Bengio, Nicholas Léonard, Aaron Courville",
    ),
    ("berthelot2017began", _arxiv("1703.10717"), "David Berthelot, Thomas Schumm, Luke Metz"),
    (
        "binkowski2018demystifying",
        ICLR,
        "Mikołaj Bińkowski, Danica J. Sutherland, Michael Arbel, Arthur Gretton",
    ),
    ("brock2019large", ICLR, "Andrew Brock, Jeff Donahue, Karen Simonyan"),
    (
        "chen2010shrinkage",
        "IEEE Transactions on Signal Processing",
        "Yilun Chen, Ami Wiesel, Yonina C. Eldar, Alfred O. Hero",
    ),
    (
        "chen2016infogan",
        NEURIPS,
        "Xi Chen, Yan Duan, Rein Houthooft, John Schulman, Ilya Sutskever, Pieter Abbeel",
    ),
    ("chen2018isolating", NEURIPS, "Ricky T. Q. Chen, Xuechen Li, Roger Grosse, David Duvenaud"),
    (
        "cheng2020club",
        ICML,
        "Pengyu Cheng, Weituo Hao, Shuyang Dai, Jiachang Liu, Zhe Gan, Lawrence Carin",
    ),
    (
        "czyz2023beyond",
        NEURIPS,
        "Paweł Czyż, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel, Alexander Marx",
    ),
    (
        "devries2017modulating",
        NEURIPS,
        "Harm de Vries, Florian Strub, Jérémie Mary, Hugo Larochelle, Olivier Pietquin, "
        "Aaron Courville",
    ),
    ("donahue2019adversarial", ICLR, "Chris Donahue, Julian McAuley, Miller Puckette"),
    (
        "donsker1983asymptotic",
        "Communications on Pure and Applied Mathematics",
        "M. D. Donsker, S. R. S. Varadhan",
    ),
    ("eastwood2018framework", ICLR, "Cian Eastwood, Christopher K. I. Williams"),
    ("efron1981jackknife", "The Annals of Statistics", "B. Efron, C. Stein"),
    (
        "friedman2023vendi",
        "Transactions on Machine Learning Research",
        "Dan Friedman, Adji Bousso Dieng",
    ),
    ("gao2015efficient", AISTATS, "Shuyang Gao, Greg Ver Steeg, Aram Galstyan"),
    ("goodfellow2014generative", NEURIPS, ""),
    ("goodman1963distribution", ANNALS, "N. R. Goodman"),
    ("gorijala2017image", _arxiv("1701.04568"), "Mahesh Gorijala, Ambedkar Dukkipati"),
    ("grandvalet2004semi", NEURIPS, "Yves Grandvalet, Yoshua Bengio"),
    (
        "gulrajani2017improved",
        NEURIPS,
        "Ishaan Gulrajani, Faruk Ahmed, Martin Arjovsky, Vincent Dumoulin, Aaron Courville",
    ),
    ("guo2017calibration", ICML, "Chuan Guo, Geoff Pleiss, Yu Sun, Kilian Q. Weinberger"),
    (
        "heusel2017gans",
        NEURIPS,
        "Martin Heusel, Hubert Ramsauer, Thomas Unterthiner, Bernhard Nessler, Sepp Hochreiter",
    ),
    ("higgins2017beta", ICLR, ""),
    ("hjelm2019learning", ICLR, ""),
    ("huang2024gan", NEURIPS, ""),
    ("hubert1985comparing", "Journal of Classification", "Lawrence Hubert, Phipps Arabie"),
    (
        "ince2017statistical",
        "Human Brain Mapping",
        "Robin A. A. Ince, Bruno L. Giordano, Christoph Kayser, Guillaume A. Rousselet, "
        "Joachim Gross, Philippe G. Schyns",
    ),
    ("ioffe2015batch", ICML, "Sergey Ioffe, Christian Szegedy"),
    ("isola2017image", CVPR, "Phillip Isola, Jun-Yan Zhu, Tinghui Zhou, Alexei A. Efros"),
    ("jang2017categorical", ICLR, "Eric Jang, Shixiang Gu, Ben Poole"),
    ("jeon2021ib", AAAI, "Insu Jeon, Wonkwang Lee, Myeongjang Pyeon, Gunhee Kim"),
    ("ji2019invariant", ICCV, "Xu Ji, João F. Henriques, Andrea Vedaldi"),
    ("jolicoeurmartineau2019relativistic", ICLR, "Alexia Jolicoeur-Martineau"),
    ("karras2018progressive", ICLR, "Tero Karras, Timo Aila, Samuli Laine, Jaakko Lehtinen"),
    ("karras2019style", CVPR, "Tero Karras, Samuli Laine, Timo Aila"),
    (
        "karras2020analyzing",
        CVPR,
        "Tero Karras, Samuli Laine, Miika Aittala, Janne Hellsten, Jaakko Lehtinen, Timo Aila",
    ),
    (
        "karras2020training",
        NEURIPS,
        "Tero Karras, Miika Aittala, Janne Hellsten, Samuli Laine, Jaakko Lehtinen, Timo Aila",
    ),
    ("kim2018disentangling", ICML, "Hyunjik Kim, Andriy Mnih"),
    ("kingma2014auto", ICLR, "Diederik P. Kingma, Max Welling"),
    ("kingma2015adam", ICLR, "Diederik P. Kingma, Jimmy Ba"),
    (
        "kodali2017convergence",
        _arxiv("1705.07215"),
        "Naveen Kodali, Jacob Abernethy, James Hays, Zsolt Kira",
    ),
    (
        "kozachenko1987sample",
        "Problems of Information Transmission",
        "L. F. Kozachenko, N. N. Leonenko",
    ),
    (
        "kraskov2004estimating",
        "Physical Review E",
        "Alexander Kraskov, Harald Stögbauer, Peter Grassberger",
    ),
    ("kullback1951information", ANNALS, "S. Kullback, R. A. Leibler"),
    ("kumar2018variational", ICLR, "Abhishek Kumar, Prasanna Sattigeri, Avinash Balakrishnan"),
    (
        "kumar2019maximum",
        _arxiv("1901.08508"),
        "Rithesh Kumar, Sherjil Ozair, Anirudh Goyal, Aaron Courville, Yoshua Bengio",
    ),
    (
        "kynkaanniemi2019improved",
        NEURIPS,
        "Tuomas Kynkäänniemi, Tero Karras, Samuli Laine, Jaakko Lehtinen, Timo Aila",
    ),
    (
        "larsen2016autoencoding",
        ICML,
        "Anders Boesen Lindbo Larsen, Søren Kaae Sønderby, Hugo Larochelle, Ole Winther",
    ),
    (
        "lee2019set",
        ICML,
        "Juho Lee, Yoonho Lee, Jungtaek Kim, Adam R. Kosiorek, Seungjin Choi, Yee Whye Teh",
    ),
    ("lee2021infomax", WACV, "Kwot Sin Lee, Ngoc-Trung Tran, Ngai-Man Cheung"),
    ("li2019misgan", ICLR, "Steven Cheng-Xian Li, Bo Jiang, Benjamin M. Marlin"),
    ("lim2017geometric", _arxiv("1705.02894"), "Jae Hyun Lim, Jong Chul Ye"),
    ("lin1991divergence", THEORY, "Jianhua Lin"),
    ("lin2018pacgan", NEURIPS, "Zinan Lin, Ashish Khetan, Giulia Fanti, Sewoong Oh"),
    ("lin2020infogan", ICML, "Zinan Lin, Kiran K. Thekumparampil, Giulia Fanti, Sewoong Oh"),
    ("locatello2019challenging", ICML, ""),
    (
        "mao2017least",
        ICCV,
        "Xudong Mao, Qing Li, Haoran Xie, Raymond Y. K. Lau, Zhen Wang, Stephen Paul Smolley",
    ),
    ("mcallester2020formal", AISTATS, "David McAllester, Karl Stratos"),
    ("mcgill1954multivariate", "Psychometrika", "William J. McGill"),
    ("meehan2020non", AISTATS, "Casey Meehan, Kamalika Chaudhuri, Sanjoy Dasgupta"),
    ("mescheder2018training", ICML, "Lars Mescheder, Andreas Geiger, Sebastian Nowozin"),
    ("mirza2014conditional", _arxiv("1411.1784"), "Mehdi Mirza, Simon Osindero"),
    ("miyato2018cgans", ICLR, "Takeru Miyato, Masanori Koyama"),
    ("miyato2018spectral", ICLR, "Takeru Miyato, Toshiki Kataoka, Masanori Koyama, Yuichi Yoshida"),
    (
        "mukherjee2019clustergan",
        AAAI,
        "Sudipto Mukherjee, Himanshu Asnani, Eugene Lin, Sreeram Kannan",
    ),
    (
        "naeem2020reliable",
        ICML,
        "Muhammad Ferjad Naeem, Seong Joon Oh, Youngjung Uh, Yunjey Choi, Jaejun Yoo",
    ),
    ("nguyen2010estimating", THEORY, "XuanLong Nguyen, Martin J. Wainwright, Michael I. Jordan"),
    ("nowozin2016f", NEURIPS, "Sebastian Nowozin, Botond Cseke, Ryota Tomioka"),
    ("odena2017conditional", ICML, "Augustus Odena, Christopher Olah, Jonathon Shlens"),
    ("ojha2020elastic", NEURIPS, "Utkarsh Ojha, Krishna Kumar Singh, Cho-Jui Hsieh, Yong Jae Lee"),
    ("paninski2003estimation", "Neural Computation", "Liam Paninski"),
    (
        "park2020contrastive",
        ECCV,
        "Taesung Park, Alexei A. Efros, Richard Zhang, Jun-Yan Zhu",
    ),
    ("parmar2022aliased", CVPR, "Gaurav Parmar, Richard Zhang, Jun-Yan Zhu"),
    (
        "peng2019variational",
        ICLR,
        "Xue Bin Peng, Angjoo Kanazawa, Sam Toyer, Pieter Abbeel, Sergey Levine",
    ),
    (
        "poole2019variational",
        ICML,
        "Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George Tucker",
    ),
    ("radford2015unsupervised", _arxiv("1511.06434"), "Alec Radford, Luke Metz, Soumith Chintala"),
    ("ravuri2019classification", NEURIPS, "Suman Ravuri, Oriol Vinyals"),
    (
        "reed2016generative",
        ICML,
        "Scott Reed, Zeynep Akata, Xinchen Yan, Lajanugen Logeswaran, Bernt Schiele, Honglak Lee",
    ),
    ("ridgeway2018learning", NEURIPS, "Karl Ridgeway, Michael C. Mozer"),
    ("ross2014mutual", "PLoS ONE", "Brian C. Ross"),
    (
        "salimans2016improved",
        NEURIPS,
        "Tim Salimans, Ian Goodfellow, Wojciech Zaremba, Vicki Cheung, Alec Radford, Xi Chen",
    ),
    ("shannon1948mathematical", "Bell System Technical Journal", "C. E. Shannon"),
    ("shi2019variational", NEURIPS, "Yuge Shi, N. Siddharth, Brooks Paige, Philip H. S. Torr"),
    (
        "shrivastava2017learning",
        CVPR,
        "Ashish Shrivastava, Tomas Pfister, Oncel Tuzel, Joshua Susskind, Wenda Wang, Russell Webb",
    ),
    ("slonim1999agglomerative", NEURIPS, "Noam Slonim, Naftali Tishby"),
    (
        "sonderby2017amortised",
        ICLR,
        "Casper Kaae Sønderby, Jose Caballero, Lucas Theis, Wenzhe Shi, Ferenc Huszár",
    ),
    ("song2020bridging", ICML, "Jiaming Song, Stefano Ermon"),
    ("song2020understanding", ICLR, "Jiaming Song, Stefano Ermon"),
    (
        "srivastava2017veegan",
        NEURIPS,
        "Akash Srivastava, Lazar Valkov, Chris Russell, Michael U. Gutmann, Charles Sutton",
    ),
    ("strouse2017deterministic", "Neural Computation", "DJ Strouse, David J. Schwab"),
    (
        "szegedy2016rethinking",
        CVPR,
        "Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens, Zbigniew Wojna",
    ),
    (
        "tolstikhin2017adagan",
        NEURIPS,
        "Ilya Tolstikhin, Sylvain Gelly, Olivier Bousquet, Carl-Johann Simon-Gabriel, "
        "Bernhard Schölkopf",
    ),
    ("tran2019improving", AAAI, "Ngoc-Trung Tran, Tuan-Anh Bui, Ngai-Man Cheung"),
    (
        "tseng2021regularizing",
        CVPR,
        "Hung-Yu Tseng, Lu Jiang, Ce Liu, Ming-Hsuan Yang, Weilong Yang",
    ),
    (
        "tulyakov2018mocogan",
        CVPR,
        "Sergey Tulyakov, Ming-Yu Liu, Xiaodong Yang, Jan Kautz",
    ),
    (
        "vandenoord2018representation",
        _arxiv("1807.03748"),
        "Aaron van den Oord, Yazhe Li, Oriol Vinyals",
    ),
    ("vanerven2014renyi", THEORY, "Tim van Erven, Peter Harremoës"),
    ("vaswani2017attention", NEURIPS, ""),
    (
        "vinh2010information",
        "Journal of Machine Learning Research",
        "Nguyen Xuan Vinh, Julien Epps, James Bailey",
    ),
    ("wang2009divergence", THEORY, "Qing Wang, Sanjeev R. Kulkarni, Sergio Verdú"),
    (
        "wang2019symmetric",
        ICCV,
        "Yisen Wang, Xingjun Ma, Zaiyi Chen, Yuan Luo, Jinfeng Yi, James Bailey",
    ),
    ("williams1992simple", "Machine Learning", "Ronald J. Williams"),
    ("wu2018multimodal", NEURIPS, "Mike Wu, Noah Goodman"),
    (
        "yazici2018unusual",
        _arxiv("1806.04498"),
        "Yasin Yazıcı, Chuan-Sheng Foo, Stefan Winkler, Kim-Hui Yap, Georgios Piliouras, "
        "Vijay Chandrasekhar",
    ),
    ("zhang2019self", ICML, "Han Zhang, Ian Goodfellow, Dimitris Metaxas, Augustus Odena"),
    ("zhang2020consistency", ICLR, "Han Zhang, Zizhao Zhang, Augustus Odena, Honglak Lee"),
    (
        "zhang2021cross",
        CVPR,
        "Han Zhang, Jing Yu Koh, Jason Baldridge, Honglak Lee, Yinfei Yang",
    ),
    ("zhao2020differentiable", NEURIPS, "Shengyu Zhao, Zhijian Liu, Ji Lin, Jun-Yan Zhu, Song Han"),
    ("zhu2017unpaired", ICCV, "Jun-Yan Zhu, Taesung Park, Phillip Isola, Alexei A. Efros"),
)
# By BibTeX's key, see `Citation.key`.
PUBLICATIONS = {key: Publication(venue, authors) for key, venue, authors in _ROWS}
