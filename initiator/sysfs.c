// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the target, as the session's connection was made:
 *
 *	/sys/class/scsi_host/hostN/iser/
 *
 * The class's own attributes have no place for it. What is shown was copied
 * when the connection was bound; it stays until the next one is, so that it can
 * still be read while the session waits for a path to come back.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include <scsi/scsi_host.h>

#include "iseri.h"

/**
 * iseri_sysfs_bound - the session of a host has got another connection
 * @shost: host
 * @ep: its connection
 * @ibdev: device of that
 *
 * Context: process; the device cannot go before it returns.
 */
void iseri_sysfs_bound(struct Scsi_Host *shost, struct iser_ep *ep,
		       struct ib_device *ibdev)
{
	struct iseri_host *host = iscsi_host_priv(shost);

	spin_lock(&host->lock);
	strscpy(host->device, dev_name(&ibdev->dev), sizeof(host->device));
	host->port = iser_ep_port(ep);
	host->source = *iser_ep_local(ep);
	host->destination = *iser_ep_peer(ep);
	host->path = *iser_ep_path(ep);
	host->window = iser_ep_plan(ep)->window;
	spin_unlock(&host->lock);
}

static struct iseri_host *iseri_sysfs_host(struct device *dev)
{
	return iscsi_host_priv(class_to_shost(dev));
}

#define ISERI_SYSFS_ATTR(name, format, ...)				\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	struct iseri_host *host = iseri_sysfs_host(dev);		\
	ssize_t len;							\
									\
	spin_lock(&host->lock);						\
	len = sysfs_emit(buf, format "\n", __VA_ARGS__);		\
	spin_unlock(&host->lock);					\
	return len;							\
}									\
static DEVICE_ATTR_RO(name)

ISERI_SYSFS_ATTR(device, "%s", host->device);
ISERI_SYSFS_ATTR(port, "%u", host->port);
ISERI_SYSFS_ATTR(source, "%pISc", &host->source);
ISERI_SYSFS_ATTR(destination, "%pISpc", &host->destination);
ISERI_SYSFS_ATTR(retry_count, "%d", host->path.retry_count);
ISERI_SYSFS_ATTR(grace_ms, "%d", host->path.grace_ms);
ISERI_SYSFS_ATTR(poll_us, "%d", host->path.poll_us);
ISERI_SYSFS_ATTR(polls_answered, "%ld",
		 atomic_long_read(&host->polls_answered));
ISERI_SYSFS_ATTR(polls_expired, "%ld",
		 atomic_long_read(&host->polls_expired));
ISERI_SYSFS_ATTR(window, "%u", host->window);

static ssize_t iseri_sysfs_setting(struct device *dev, char *buf,
				   const int *value)
{
	struct iseri_host *host = iseri_sysfs_host(dev);
	int setting;

	spin_lock(&host->lock);
	setting = *value;
	spin_unlock(&host->lock);
	if (setting == ISER_PATH_UNSET)
		return sysfs_emit(buf, "default\n");
	return sysfs_emit(buf, "%d\n", setting);
}

#define ISERI_SYSFS_SETTING(name)					\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	return iseri_sysfs_setting(dev, buf,				\
				   &iseri_sysfs_host(dev)->path.name);	\
}									\
static DEVICE_ATTR_RO(name)

ISERI_SYSFS_SETTING(ack_timeout);
ISERI_SYSFS_SETTING(min_rnr_timer);
ISERI_SYSFS_SETTING(rnr_retry_count);
ISERI_SYSFS_SETTING(tos);

static struct attribute *iseri_sysfs_attrs[] = {
	&dev_attr_device.attr,
	&dev_attr_port.attr,
	&dev_attr_source.attr,
	&dev_attr_destination.attr,
	&dev_attr_ack_timeout.attr,
	&dev_attr_min_rnr_timer.attr,
	&dev_attr_tos.attr,
	&dev_attr_retry_count.attr,
	&dev_attr_rnr_retry_count.attr,
	&dev_attr_grace_ms.attr,
	&dev_attr_poll_us.attr,
	&dev_attr_polls_answered.attr,
	&dev_attr_polls_expired.attr,
	&dev_attr_window.attr,
	NULL,
};

static const struct attribute_group iseri_sysfs_group = {
	.name	= "iser",
	.attrs	= iseri_sysfs_attrs,
};

/* For the host template. */
const struct attribute_group *iseri_sysfs_groups[] = {
	&iseri_sysfs_group,
	NULL,
};
