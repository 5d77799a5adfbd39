# The course in a container, with PyTorch's build for CPUs. Two images, one for each user:
#   docker build --target student -t latentkit-student .    what a student gets, kit.zip, installed: no answer key
#   docker build --target instructor -t latentkit .         the whole course, to release, grade and change
#   docker run --rm -p 8888:8888 latentkit-student          JupyterLab; open the address that it prints
FROM python:3.12-slim AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PATH=/opt/course/bin:$PATH
RUN useradd --create-home reader \
    && python -m venv /opt/course \
    && install -d -o reader /home/reader/course \
    && chown -R reader /opt/course
WORKDIR /home/reader/course
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]

FROM base AS instructor
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git libseccomp2 make \
    && rm -rf /var/lib/apt/lists/*
USER reader
# PyTorch in a layer of its own: a change of the course does not fetch it again.
COPY --chown=reader constraints.txt ./
RUN python -m pip install -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu torch
COPY --chown=reader . .
RUN python -m pip install -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu -e '.[instructor]'

FROM instructor AS kit
RUN autograder release --all --archive /tmp/kit.zip

FROM base AS student
USER reader
COPY --from=kit --chown=reader /tmp/kit.zip /tmp/kit.zip
RUN python -m zipfile -e /tmp/kit.zip /tmp \
    && cp -r /tmp/kit/. . \
    && rm -r /tmp/kit /tmp/kit.zip
RUN python -m pip install --no-compile --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
